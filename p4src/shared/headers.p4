/*
 * Headers of the original packet, and the SCR header that goes in front of it.
 * A program file defines slot_t (one slot of history as one number) and MAX_DEPTH first.
 */
#ifndef SCR_HEADERS_P4
#define SCR_HEADERS_P4

#include "define.p4"

header ethernet_t {
    mac_addr_t   dst_addr;
    mac_addr_t   src_addr;
    ether_type_t ether_type;
}

header vlan_t {
    bit<3>       priority;
    bit<1>       drop_eligible;
    bit<12>      vlan_id;
    ether_type_t ether_type;
}

header ipv4_t {
    bit<4>      version;
    bit<4>      header_words;
    bit<8>      dscp_ecn;
    bit<16>     total_length;
    bit<16>     identification;
    bit<3>      flags;
    bit<13>     fragment_offset;
    bit<8>      time_to_live;
    bit<8>      protocol;
    bit<16>     checksum;
    ipv4_addr_t src_addr;
    ipv4_addr_t dst_addr;
}

header ipv4_options_t {
    varbit<320> options;
}

header tcp_t {
    l4_port_t src_port;
    l4_port_t dst_port;
    bit<32>   sequence;
    bit<32>   acknowledgment;
    bit<4>    data_words;
    bit<4>    reserved;
    bit<8>    flags; // CWR ECE URG ACK PSH RST SYN FIN
    bit<16>   window;
    bit<16>   checksum;
    bit<16>   urgent;
}

header udp_t {
    l4_port_t src_port;
    l4_port_t dst_port;
    bit<16>   length;
    bit<16>   checksum;
}

/*
 * Follows the outer Ethernet header, so that every field is naturally aligned
 * from the start of the frame (the first byte here is byte 14 of the frame).
 */
header scr_t {
    bit<8>      version;
    bit<8>      program;
    epoch_t     epoch;
    depth_t     slots;     // depth: how many slots follow
    bit<8>      slot_bytes;
    depth_t     oldest;    // the slot that this packet overwrites in the sequencer
    depth_t     valid;     // how many slots hold a packet
    worker_t    worker;
    sequence_t  sequence;
    frame_len_t length;    // bytes of the original frame
    bit<16>     flags;     // none defined: zero
    bit<64>     timestamp; // ns on the sequencer's clock
}

/* A command of the controller, behind the Ethernet header: metadata to be taken as it is. */
header command_t {
    bit<8>  version;
    bit<8>  program;
    bit<16> zero;
    slot_t  metadata;
}

header slot_h {
    slot_t metadata;
}

struct headers_t {
    ethernet_t     outer;
    scr_t          scr;
    slot_h[MAX_DEPTH] slots;
    ethernet_t     ethernet;
    command_t      command;
    vlan_t         vlan_outer;
    vlan_t         vlan_inner;
    ipv4_t         ipv4;
    ipv4_options_t ipv4_options;
    tcp_t          tcp;
    udp_t          udp;
}

#endif
