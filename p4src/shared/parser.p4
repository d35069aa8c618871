/*
 * Parses the original packet: Ethernet, up to two VLAN tags, IPv4 with options, and the transport
 * header if the program reads it (READS_TCP, READS_UDP). A parser error marks the packet malformed.
 */
parser PacketParser(packet_in packet, out headers_t hdr, out frame_len_t l2_bytes) {

    state start {
        l2_bytes = ETHERNET_BYTES;
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.ether_type) {
            ETHERTYPE_VLAN: parse_vlan_outer;
            ETHERTYPE_QINQ: parse_vlan_outer;
            ETHERTYPE_IPV4: parse_ipv4;
            ETHERTYPE_SCR:  refuse_history;
            ETHERTYPE_CONTROL: parse_command;
            default:        accept;
        }
    }

    // Whether it comes from the controller is for the ingress to say.
    state parse_command {
        packet.extract(hdr.command);
        transition accept;
    }

    state parse_vlan_outer {
        l2_bytes = ETHERNET_BYTES + VLAN_BYTES;
        packet.extract(hdr.vlan_outer);
        transition select(hdr.vlan_outer.ether_type) {
            ETHERTYPE_VLAN: parse_vlan_inner;
            ETHERTYPE_QINQ: parse_vlan_inner;
            ETHERTYPE_IPV4: parse_ipv4;
            ETHERTYPE_SCR:  refuse_history;
            ETHERTYPE_CONTROL: refuse_history;
            default:        accept;
        }
    }

    state parse_vlan_inner {
        l2_bytes = ETHERNET_BYTES + 2 * VLAN_BYTES;
        packet.extract(hdr.vlan_inner);
        transition select(hdr.vlan_inner.ether_type) {
            ETHERTYPE_IPV4: parse_ipv4;
            ETHERTYPE_SCR:  refuse_history;
            ETHERTYPE_CONTROL: refuse_history;
            default:        accept;
        }
    }

    state refuse_history {
        verify(false, error.ForeignHistory);
        transition accept;
    }

    state parse_ipv4 {
        packet.extract(hdr.ipv4);
        verify(hdr.ipv4.version == 4 && hdr.ipv4.header_words >= 5, error.BadIpv4Header);
        transition select(hdr.ipv4.header_words) {
            5:       parse_transport;
            default: parse_ipv4_options;
        }
    }

    state parse_ipv4_options {
        packet.extract(hdr.ipv4_options, (bit<32>)(hdr.ipv4.header_words - 5) << 5);
        transition parse_transport;
    }

    // Only a first fragment has a transport header.
    state parse_transport {
        transition select(hdr.ipv4.fragment_offset, hdr.ipv4.protocol) {
            (0, PROTO_TCP): parse_tcp;
            (0, PROTO_UDP): parse_udp;
            default:        accept;
        }
    }

    // The constants are conditions and not keys of the select: BMv2 cannot select on a constant.
    state parse_tcp {
        if (READS_TCP) {
            packet.extract(hdr.tcp);
        }
        transition accept;
    }

    state parse_udp {
        if (READS_UDP) {
            packet.extract(hdr.udp);
        }
        transition accept;
    }
}
