/*
 * Port-knocking firewall: a state machine by IPv4 source that TCP connection attempts drive.
 *
 *   slot:  0        4         6      7        8
 *          src_addr dst_port  flags  command
 */
#include <core.p4>
#include <v1model.p4>

#define PROGRAM_NAME "portknock"
#define MAX_DEPTH 59

typedef bit<64> slot_t;
const bit<8> PROGRAM_ID = 5;
const bit<8> SLOT_BYTES = 8;
const bool READS_TCP = true;
const bool READS_UDP = false;

#include "../shared/headers.p4"
#include "../shared/parser.p4"

control Extract(in headers_t hdr, in bit<48> time_us, out slot_t slot, out bool relevant) {
    apply {
        slot = hdr.ipv4.src_addr ++ hdr.tcp.dst_port ++ hdr.tcp.flags ++ 8w0;
        relevant = hdr.tcp.isValid();
    }
}

#include "sequencer.p4"
#include "switch.p4"
