/*
 * Constants of the packet-history sequencer. docs/wire-format.md is their home for people,
 * dev.scr.wire for Java; tests compare all three.
 */
#ifndef SCR_DEFINE_P4
#define SCR_DEFINE_P4

typedef bit<48> mac_addr_t;
typedef bit<16> ether_type_t;
typedef bit<32> ipv4_addr_t;
typedef bit<16> l4_port_t;
typedef bit<8>  depth_t;    // slots of history, and positions in the ring
typedef bit<16> worker_t;
typedef bit<16> epoch_t;    // configuration generation
typedef bit<32> sequence_t;
typedef bit<16> frame_len_t; // bytes, from the first byte of the Ethernet header

const ether_type_t ETHERTYPE_IPV4 = 0x0800;
const ether_type_t ETHERTYPE_VLAN = 0x8100;
const ether_type_t ETHERTYPE_QINQ = 0x88A8;
const ether_type_t ETHERTYPE_SCR  = 0x88B5; // IEEE 802 local experimental ethertype 1
const ether_type_t ETHERTYPE_CONTROL = 0x88B6; // the same, 2

const bit<9> CPU_PORT = 510; // where P4Runtime's packet-outs come in: simple_switch_grpc --cpu-port 510

const bit<8> PROTO_TCP = 6;
const bit<8> PROTO_UDP = 17;

const bit<8> SCR_VERSION = 1;

#define MAX_WORKERS 256

const frame_len_t ETHERNET_BYTES   = 14;
const frame_len_t VLAN_BYTES       = 4;
const frame_len_t TCP_BYTES        = 20;
const frame_len_t UDP_BYTES        = 8;
const frame_len_t SCR_HEADER_BYTES = 40; // outer Ethernet header included

error {
    BadIpv4Header, // version is not 4, or the header is shorter than 20 bytes
    ForeignHistory // an SCR frame, or a tagged control frame: nobody but the sequencer writes history
}

#endif
