package dev.scr.softswitch.server;

import com.google.rpc.Code;
import dev.scr.softswitch.naming.PipelineNames;
import dev.scr.softswitch.state.CounterArray;
import dev.scr.softswitch.state.Meter;
import dev.scr.softswitch.state.MeterArray;
import dev.scr.softswitch.state.RegisterArray;
import java.math.BigInteger;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.p4.v1.CounterData;
import org.p4.v1.CounterEntry;
import org.p4.v1.Entity;
import org.p4.v1.Index;
import org.p4.v1.MeterEntry;
import org.p4.v1.RegisterEntry;
import org.p4.v1.Update;

/** Indexed counters, meters and registers. All under the switch's lock. */
final class ArrayEntities {

  private final PipelineNames names;
  private final long nowMicros;

  /** {@code nowMicros} is the switch's time, for new meters. */
  ArrayEntities(PipelineNames names, long nowMicros) {
    this.names = names;
    this.nowMicros = nowMicros;
  }

  private static void onlyModify(Update.Type type, String what) {
    if (type != Update.Type.MODIFY) {
      throw Rejected.invalid("a " + what + " can be modified only");
    }
  }

  private static <V> V find(Map<Integer, V> objects, String kind, int id) {
    V object = objects.get(id);
    if (object == null) {
      throw Rejected.notFound(kind, id);
    }
    return object;
  }

  /** Does something for one index, or for all if there is none. */
  private static void forIndex(
      boolean present, Index index, int size, String name, IntConsumer action) {
    if (!present) {
      for (int i = 0; i < size; i++) {
        action.accept(i);
      }
      return;
    }
    long number = index.getIndex();
    if (number < 0) {
      throw Rejected.invalid(name + ": expected an index >= 0, found " + number);
    }
    if (number >= size) {
      throw new Rejected(
          Code.OUT_OF_RANGE, name + ": expected an index below " + size + ", found " + number);
    }
    action.accept((int) number);
  }

  void write(Update.Type type, CounterEntry sent) {
    onlyModify(type, "counter");
    CounterArray array = find(names.counters(), "counter", sent.getCounterId());
    forIndex(
        sent.hasIndex(),
        sent.getIndex(),
        array.size(),
        array.name(),
        index -> {
          if (sent.hasData()) {
            array.set(index, sent.getData().getPacketCount(), sent.getData().getByteCount());
          }
        });
  }

  void read(CounterEntry filter, Consumer<Entity> out) {
    if (filter.getCounterId() == 0) {
      names.counters().keySet().forEach(id -> read(id, filter, out));
    } else {
      read(filter.getCounterId(), filter, out);
    }
  }

  private void read(int id, CounterEntry filter, Consumer<Entity> out) {
    CounterArray array = find(names.counters(), "counter", id);
    forIndex(
        filter.hasIndex() && filter.getCounterId() != 0,
        filter.getIndex(),
        array.size(),
        array.name(),
        index ->
            out.accept(
                Entity.newBuilder()
                    .setCounterEntry(
                        CounterEntry.newBuilder()
                            .setCounterId(id)
                            .setIndex(Index.newBuilder().setIndex(index))
                            .setData(
                                CounterData.newBuilder()
                                    .setPacketCount(array.packets(index))
                                    .setByteCount(array.bytes(index))))
                    .build()));
  }

  void write(Update.Type type, MeterEntry sent) {
    onlyModify(type, "meter");
    MeterArray array = find(names.meters(), "meter", sent.getMeterId());
    if (sent.hasCounterData()) {
      throw Rejected.unimplemented("counter_data of a meter");
    }
    Optional<Meter.Config> config =
        sent.hasConfig() ? Optional.of(MeterCodec.decode(sent.getConfig())) : Optional.empty();
    forIndex(
        sent.hasIndex(),
        sent.getIndex(),
        array.size(),
        array.name(),
        index -> array.configure(index, config, nowMicros));
  }

  void read(MeterEntry filter, Consumer<Entity> out) {
    if (filter.getMeterId() == 0) {
      names.meters().keySet().forEach(id -> read(id, filter, out));
    } else {
      read(filter.getMeterId(), filter, out);
    }
  }

  private void read(int id, MeterEntry filter, Consumer<Entity> out) {
    MeterArray array = find(names.meters(), "meter", id);
    forIndex(
        filter.hasIndex() && filter.getMeterId() != 0,
        filter.getIndex(),
        array.size(),
        array.name(),
        index -> {
          MeterEntry.Builder meter =
              MeterEntry.newBuilder().setMeterId(id).setIndex(Index.newBuilder().setIndex(index));
          array.config(index).ifPresent(config -> meter.setConfig(MeterCodec.encode(config)));
          out.accept(Entity.newBuilder().setMeterEntry(meter).build());
        });
  }

  void write(Update.Type type, RegisterEntry sent) {
    onlyModify(type, "register");
    RegisterArray array = find(names.registers(), "register", sent.getRegisterId());
    RegisterCodec codec = RegisterCodec.of(names.info(), sent.getRegisterId(), array);
    BigInteger value = codec.decode(sent.getData());
    forIndex(
        sent.hasIndex(),
        sent.getIndex(),
        array.size(),
        array.name(),
        index -> array.set(index, value));
  }

  void read(RegisterEntry filter, Consumer<Entity> out) {
    if (filter.getRegisterId() == 0) {
      names.registers().keySet().forEach(id -> read(id, filter, out));
    } else {
      read(filter.getRegisterId(), filter, out);
    }
  }

  private void read(int id, RegisterEntry filter, Consumer<Entity> out) {
    RegisterArray array = find(names.registers(), "register", id);
    RegisterCodec codec = RegisterCodec.of(names.info(), id, array);
    forIndex(
        filter.hasIndex() && filter.getRegisterId() != 0,
        filter.getIndex(),
        array.size(),
        array.name(),
        index ->
            out.accept(
                Entity.newBuilder()
                    .setRegisterEntry(
                        RegisterEntry.newBuilder()
                            .setRegisterId(id)
                            .setIndex(Index.newBuilder().setIndex(index))
                            .setData(codec.encode(array.exact(index))))
                    .build()));
  }
}
