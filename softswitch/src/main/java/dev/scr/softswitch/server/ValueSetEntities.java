package dev.scr.softswitch.server;

import com.google.rpc.Code;
import dev.scr.softswitch.naming.PipelineNames;
import dev.scr.softswitch.naming.PipelineNames.FieldName;
import dev.scr.softswitch.naming.PipelineNames.ValueSetName;
import dev.scr.softswitch.packet.Bits;
import dev.scr.softswitch.state.FieldMatch;
import dev.scr.softswitch.state.ValueSet;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.p4.v1.Entity;
import org.p4.v1.Update;
import org.p4.v1.ValueSetEntry;
import org.p4.v1.ValueSetMember;

/** Parser value sets. All under the switch's lock. */
final class ValueSetEntities {

  private final PipelineNames names;

  ValueSetEntities(PipelineNames names) {
    this.names = names;
  }

  private ValueSetName find(int id) {
    ValueSetName set = names.valueSets().get(id);
    if (set == null) {
      throw Rejected.notFound("value set", id);
    }
    return set;
  }

  void write(Update.Type type, ValueSetEntry sent) {
    if (type != Update.Type.MODIFY) {
      throw Rejected.invalid("a value set can be modified only");
    }
    ValueSetName set = find(sent.getValueSetId());
    if (sent.getMembersCount() > set.size()) {
      throw new Rejected(
          Code.RESOURCE_EXHAUSTED,
          "value set "
              + set.name()
              + ": expected up to "
              + set.size()
              + " members, found "
              + sent.getMembersCount());
    }
    List<List<FieldMatch>> members = new ArrayList<>();
    List<ValueSet.Member> compiled = new ArrayList<>();
    for (ValueSetMember member : sent.getMembersList()) {
      List<FieldMatch> matches = MatchCodec.decode(set.name(), set.fields(), member.getMatchList());
      if (members.contains(matches)) {
        throw new Rejected(
            Code.ALREADY_EXISTS, "value set " + set.name() + ": the same member twice");
      }
      members.add(matches);
      compiled.add(compile(set.fields(), matches));
    }
    set.set().set(members, compiled);
  }

  private static ValueSet.Member compile(List<FieldName> fields, List<FieldMatch> matches) {
    int words = fields.stream().mapToInt(field -> Bits.words(field.bits())).sum();
    long[] value = new long[words];
    long[] mask = new long[words];
    int offset = 0;
    for (int i = 0; i < fields.size(); i++) {
      int bits = fields.get(i).bits();
      int count = Bits.words(bits);
      BigInteger number;
      BigInteger significant;
      switch (matches.get(i)) {
        case FieldMatch.Exact exact -> {
          number = exact.value();
          significant = Bits.mask(bits);
        }
        case FieldMatch.Ternary ternary -> {
          number = ternary.value();
          significant = ternary.mask();
        }
        case FieldMatch.Lpm lpm -> {
          number = lpm.value();
          significant = FieldMatch.prefixMask(lpm.prefixLength(), bits);
        }
        case FieldMatch.Range _ -> throw Rejected.unimplemented("a range in a value set");
      }
      Bits.toWords(number, value, offset, count);
      Bits.toWords(significant, mask, offset, count);
      offset += count;
    }
    return new ValueSet.Member(value, mask);
  }

  void read(ValueSetEntry filter, Consumer<Entity> out) {
    List<ValueSetName> selected =
        filter.getValueSetId() == 0
            ? List.copyOf(names.valueSets().values())
            : List.of(find(filter.getValueSetId()));
    for (ValueSetName set : selected) {
      ValueSetEntry.Builder entry = ValueSetEntry.newBuilder().setValueSetId(set.id());
      for (List<FieldMatch> member : set.set().members()) {
        entry.addMembers(
            ValueSetMember.newBuilder().addAllMatch(MatchCodec.encode(set.fields(), member)));
      }
      out.accept(Entity.newBuilder().setValueSetEntry(entry).build());
    }
  }
}
