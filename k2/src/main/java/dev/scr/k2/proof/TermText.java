package dev.scr.k2.proof;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** Terms as text for people: reasons and failures. */
final class TermText {
  private static final int MAX_DEPTH = 6;

  private TermText() {}

  static String of(Term term) {
    return of(term, 0);
  }

  private static String of(Term term, int depth) {
    if (depth > MAX_DEPTH) {
      return "…";
    }
    return switch (term.op) {
      case CONSTANT -> Long.toString(term.signedValue()) + ":" + term.width;
      case SYMBOL -> term.name;
      case EXTRACT ->
          of(term.arg(0), depth + 1) + "[" + (term.value + term.width - 1) + ":" + term.value + "]";
      case SUM -> {
        StringBuilder text = new StringBuilder("(");
        for (int i = 0; i < term.args.length; i++) {
          long factor = term.factors[i] << (64 - term.width) >> (64 - term.width);
          text.append(factor < 0 ? " - " : i == 0 ? "" : " + ");
          text.append(Math.abs(factor) == 1 ? "" : Math.abs(factor) + "*");
          text.append(of(term.arg(i), depth + 1));
        }
        long rest = term.signedValue();
        yield text + (rest == 0 ? "" : rest < 0 ? " - " + -rest : " + " + rest) + ")";
      }
      default ->
          (term.op == Term.Op.APPLY ? term.name : term.op.name().toLowerCase(Locale.ROOT))
              + Arrays.stream(term.args)
                  .map(arg -> of(arg, depth + 1))
                  .collect(Collectors.joining(", ", "(", ")"));
    };
  }
}
