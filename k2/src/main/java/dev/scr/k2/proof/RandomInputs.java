package dev.scr.k2.proof;

/** Inputs that look random and have many edge values; the same seed gives the same input. */
final class RandomInputs {
  private static final long[] EDGES = {
    0,
    1,
    -1,
    0x7f,
    0x80,
    0xff,
    0x100,
    0xffff,
    0x7fff_ffffL,
    0x8000_0000L,
    0xffff_ffffL,
    Long.MAX_VALUE,
    Long.MIN_VALUE
  };

  private RandomInputs() {}

  static Evaluation create(long seed) {
    Evaluation[] self = new Evaluation[1];
    self[0] = new Evaluation(term -> value(seed, term, self[0]));
    return self[0];
  }

  private static long value(long seed, Term term, Evaluation evaluation) {
    long hash = mix(seed ^ mix(term.name.hashCode()));
    for (Term arg : term.args) {
      hash = mix(hash ^ evaluation.value(arg));
    }
    if (Addresses.isBase(term)) {
      return Models.address(hash);
    }
    int kind = (int) (hash >>> 60);
    long value = mix(hash);
    if (kind < 4) {
      return EDGES[(int) Long.remainderUnsigned(value, EDGES.length)];
    }
    return kind < 8 ? value >>> (value & 63) : value;
  }

  static int spread(int hash) {
    return (int) mix(hash);
  }

  static long mix(long x) {
    long a = (x + 0x9e37_79b9_7f4a_7c15L) * 0xbf58_476d_1ce4_e5b9L;
    long b = (a ^ (a >>> 29)) * 0x94d0_49bb_1331_11ebL;
    return b ^ (b >>> 32);
  }
}
