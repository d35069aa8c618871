/*
 * Heavy-hitter monitor: bytes by flow (the IPv4 5-tuple).
 *
 *   slot:  0        4        8        10       12       13      14     16
 *          src_addr dst_addr src_port dst_port protocol command length
 */
#include <core.p4>
#include <v1model.p4>

#define PROGRAM_NAME "heavyhitter"
#define MAX_DEPTH 29

typedef bit<128> slot_t;
const bit<8> PROGRAM_ID = 2;
const bit<8> SLOT_BYTES = 16;
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
        slot = hdr.ipv4.src_addr ++ hdr.ipv4.dst_addr ++ ports ++ hdr.ipv4.protocol ++ 8w0
                ++ hdr.ipv4.total_length;
        relevant = hdr.tcp.isValid() || hdr.udp.isValid();
    }
}

#include "sequencer.p4"
#include "switch.p4"
