/*
 * TCP connection tracker: both directions of a connection in one entry. A slot has the ends of the
 * connection in order, the low one first (smaller address, smaller port if they are equal), so that a
 * worker need not sort them again.
 *
 *   slot:  0        4         8        10        12       16             20      22    23     24      32
 *          low_addr high_addr low_port high_port sequence acknowledgment payload flags origin time_us
 *
 *   origin: 1 from the high end; 2 lengths or ends that make no sense
 */
#include <core.p4>
#include <v1model.p4>

#define PROGRAM_NAME "conntrack"
#define MAX_DEPTH 14

typedef bit<256> slot_t;
const bit<8> PROGRAM_ID = 3;
const bit<8> SLOT_BYTES = 32;
const bool READS_TCP = true;
const bool READS_UDP = false;

#include "../shared/headers.p4"
#include "../shared/parser.p4"

control Extract(in headers_t hdr, in bit<48> time_us, out slot_t slot, out bool relevant) {
    apply {
        bit<16> header_bytes = ((bit<16>)hdr.ipv4.header_words << 2) + ((bit<16>)hdr.tcp.data_words << 2);
        bit<64> addrs = hdr.ipv4.src_addr ++ hdr.ipv4.dst_addr;
        bit<32> ports = hdr.tcp.src_port ++ hdr.tcp.dst_port;
        bool same_addr = hdr.ipv4.src_addr == hdr.ipv4.dst_addr;
        bit<8> origin = 0;
        if (hdr.tcp.data_words < 5 || header_bytes > hdr.ipv4.total_length
            || (same_addr && hdr.tcp.src_port == hdr.tcp.dst_port)) {
            origin = 2;
        }
        if (hdr.ipv4.src_addr > hdr.ipv4.dst_addr || (same_addr && hdr.tcp.src_port > hdr.tcp.dst_port)) {
            origin = origin + 1;
            addrs = hdr.ipv4.dst_addr ++ hdr.ipv4.src_addr;
            ports = hdr.tcp.dst_port ++ hdr.tcp.src_port;
        }
        slot = addrs ++ ports ++ hdr.tcp.sequence ++ hdr.tcp.acknowledgment
                ++ (hdr.ipv4.total_length - header_bytes) ++ hdr.tcp.flags ++ origin ++ 16w0 ++ time_us;
        relevant = hdr.tcp.isValid();
    }
}

#include "sequencer.p4"
#include "switch.p4"
