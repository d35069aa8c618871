/*
 * DDoS mitigator: counts packets by IPv4 source. A slot of history is the source address; the reserved
 * ones, 240.0.0.0/4, count as one, since the others of them are commands.
 */
#include <core.p4>
#include <v1model.p4>

#define PROGRAM_NAME "ddos"
#define MAX_DEPTH 63

typedef bit<32> slot_t;
const bit<8> PROGRAM_ID = 1;
const bit<8> SLOT_BYTES = 4;
const bool READS_TCP = false;
const bool READS_UDP = false;

#include "../shared/headers.p4"
#include "../shared/parser.p4"

control Extract(in headers_t hdr, in bit<48> time_us, out slot_t slot, out bool relevant) {
    apply {
        slot = hdr.ipv4.src_addr;
        if (hdr.ipv4.src_addr & 0xF0000000 == 0xF0000000) {
            slot = 0xF0000000;
        }
        relevant = hdr.ipv4.isValid();
    }
}

#include "sequencer.p4"
#include "switch.p4"
