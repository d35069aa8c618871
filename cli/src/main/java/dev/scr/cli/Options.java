package dev.scr.cli;

import dev.scr.cli.harness.Demonstration;
import dev.scr.hosts.strategy.Strategy;
import dev.scr.hosts.trace.TraceKind;
import dev.scr.hosts.worker.ReplicaEngine;
import dev.scr.pipeline.PacketProgram;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** How option values are read: names as {@code docs/cli.md} writes them. */
final class Options {
  private Options() {}

  /** A packet program by its name. */
  static final class Program implements ITypeConverter<PacketProgram> {
    @Override
    public PacketProgram convert(String name) {
      return PacketProgram.named(name)
          .orElseThrow(() -> expected("one of " + PacketProgram.names(), name));
    }
  }

  /** A strategy by its name. */
  static final class StrategyName implements ITypeConverter<Strategy> {
    @Override
    public Strategy convert(String name) {
      return Strategy.named(name).orElseThrow(() -> expected("one of " + Strategy.names(), name));
    }
  }

  /** A kind of trace by its name. */
  static final class Kind implements ITypeConverter<TraceKind> {
    @Override
    public TraceKind convert(String name) {
      return TraceKind.named(name).orElseThrow(() -> expected("one of " + TraceKind.names(), name));
    }
  }

  /** An engine by its name. */
  static final class EngineName implements ITypeConverter<ReplicaEngine> {
    @Override
    public ReplicaEngine convert(String name) {
      return Arrays.stream(ReplicaEngine.values())
          .filter(engine -> lower(engine).equals(name))
          .findFirst()
          .orElseThrow(() -> expected("one of " + names(), name));
    }

    private static String names() {
      return Arrays.stream(ReplicaEngine.values())
          .map(Options::lower)
          .collect(Collectors.joining(", "));
    }
  }

  /** A whole number from 0 up. */
  static final class Count implements ITypeConverter<Integer> {
    @Override
    public Integer convert(String text) {
      try {
        int value = Integer.parseInt(text.replace("_", ""));
        if (value >= 0) {
          return value;
        }
      } catch (NumberFormatException _) {
        // said below
      }
      throw expected("a whole number from 0 to " + Integer.MAX_VALUE, text);
    }
  }

  /** A time in seconds, from a hundredth up to a day. */
  static final class Seconds implements ITypeConverter<Duration> {
    private static final double SHORTEST = 0.01;
    private static final double LONGEST = 86_400;

    @Override
    public Duration convert(String text) {
      try {
        double seconds = Double.parseDouble(text);
        if (seconds >= SHORTEST && seconds <= LONGEST) {
          return Duration.ofNanos((long) (seconds * 1e9));
        }
      } catch (NumberFormatException _) {
        // said below
      }
      throw expected("seconds from 0.01 to 86400", text);
    }
  }

  /** A change of the number of workers: packet and number. */
  static final class ResizeAt implements ITypeConverter<Demonstration.Resize> {
    @Override
    public Demonstration.Resize convert(String text) {
      String[] parts = text.split(":", -1);
      if (parts.length != 2) {
        throw expected("PACKET:WORKERS, 5000:6 for example", text);
      }
      Count count = new Count();
      return new Demonstration.Resize(count.convert(parts[0]), count.convert(parts[1]));
    }
  }

  private static TypeConversionException expected(String what, String found) {
    return new TypeConversionException("expected " + what + "; found '" + found + "'");
  }

  /** A name in the way that users type and JSON says it. */
  static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
