package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.Place;
import dev.scr.softswitch.json.MalformedPipeline;
import java.util.Optional;

/**
 * The fields through which a v1model program and its target talk. The first five must be there; the
 * target leaves out what a program does not declare.
 */
public record StandardMetadata(
    Access ingressPort,
    Access packetLength,
    Access instanceType,
    Access egressSpec,
    Access egressPort,
    Optional<Access> parserError,
    Optional<Access> checksumError,
    Optional<Access> ingressTimestamp,
    Optional<Access> egressTimestamp,
    Optional<Access> multicastGroup,
    Optional<Access> egressRid,
    Optional<Access> enqueueTimestamp,
    Optional<Access> enqueueDepth,
    Optional<Access> dequeueTimeDelta,
    Optional<Access> dequeueDepth) {

  /** A field, to read and to write. */
  public record Access(Arith value, Place place) {}

  static StandardMetadata of(String file, ExpressionResolver resolver) {
    return new StandardMetadata(
        required(file, resolver, "ingress_port"),
        required(file, resolver, "packet_length"),
        required(file, resolver, "instance_type"),
        required(file, resolver, "egress_spec"),
        required(file, resolver, "egress_port"),
        optional(resolver, "standard_metadata", "parser_error"),
        optional(resolver, "standard_metadata", "checksum_error"),
        optional(resolver, "intrinsic_metadata", "ingress_global_timestamp"),
        optional(resolver, "intrinsic_metadata", "egress_global_timestamp"),
        optional(resolver, "intrinsic_metadata", "mcast_grp"),
        optional(resolver, "intrinsic_metadata", "egress_rid"),
        optional(resolver, "queueing_metadata", "enq_timestamp"),
        optional(resolver, "queueing_metadata", "enq_qdepth"),
        optional(resolver, "queueing_metadata", "deq_timedelta"),
        optional(resolver, "queueing_metadata", "deq_qdepth"));
  }

  private static Access required(String file, ExpressionResolver resolver, String field) {
    return optional(resolver, "standard_metadata", field)
        .orElseThrow(() ->
            new MalformedPipeline(
                file, "a v1model program needs the field standard_metadata." + field));
  }

  private static Optional<Access> optional(
      ExpressionResolver resolver, String header, String field) {
    return resolver
        .symbols()
        .optionalField(header, field)
        .map(ref ->
            new Access(
                resolver.field(ref.header(), ref.field().orElseThrow()),
                PrimitiveResolver.place(
                    resolver.symbols(), ref.header(), ref.field().orElseThrow())));
  }
}
