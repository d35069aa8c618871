/*
 * Token-bucket policer: tokens and the time of the last refill by flow (the IPv4 5-tuple). Time is the
 * sequencer's, in microseconds modulo 2^32, and travels with the history.
 *
 *   slot:  0        4        8        10       12       13      16      20
 *          src_addr dst_addr src_port dst_port protocol command time_us
 */
#include <core.p4>
#include <v1model.p4>

#define PROGRAM_NAME "tokenbucket"
#define MAX_DEPTH 23

typedef bit<160> slot_t;
const bit<8> PROGRAM_ID = 4;
const bit<8> SLOT_BYTES = 20;
const bool READS_TCP = true;
const bool READS_UDP = true;

#include "../shared/headers.p4"
#include "../shared/parser.p4"

control Extract(in headers_t hdr, in bit<48> time_us, out slot_t slot, out bool relevant) {
    apply {
        bit<32> ports = 0;
        if (hdr.tcp.isValid()) {
            ports = hdr.tcp.src_port ++ hdr.tcp.dst_port;
        } else if (hdr.udp.isValid()) {
            ports = hdr.udp.src_port ++ hdr.udp.dst_port;
        }
        slot = hdr.ipv4.src_addr ++ hdr.ipv4.dst_addr ++ ports ++ hdr.ipv4.protocol ++ 24w0
                ++ (bit<32>)time_us;
        relevant = hdr.tcp.isValid() || hdr.udp.isValid();
    }
}

#include "sequencer.p4"
#include "switch.p4"
