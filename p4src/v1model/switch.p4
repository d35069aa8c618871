/*
 * The rest of a v1model sequencer, the same for every program: what the program file has to define
 * before it includes this is listed in docs/add-a-program.md.
 */

struct metadata_t {
    frame_len_t l2_bytes;
}

/*************************************************************************
*********************** P A R S E R  ***********************************
*************************************************************************/

parser ScrParser(packet_in packet,
                 out headers_t hdr,
                 inout metadata_t meta,
                 inout standard_metadata_t standard_metadata) {
    PacketParser() packet_parser;

    state start {
        packet_parser.apply(packet, hdr, meta.l2_bytes);
        transition accept;
    }
}

/*************************************************************************
************   C H E C K S U M    V E R I F I C A T I O N   *************
*************************************************************************/

control ScrVerifyChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply { }
}

/*************************************************************************
**************  I N G R E S S   P R O C E S S I N G   *******************
*************************************************************************/

control ScrIngress(inout headers_t hdr,
                   inout metadata_t meta,
                   inout standard_metadata_t standard_metadata) {
    Extract() extract;
    Sequencer() sequencer;

    apply {
        slot_t slot = 0;
        bool relevant = false;
        bool malformed = standard_metadata.parser_error != error.NoError;
        if (!malformed && hdr.ipv4.isValid()) {
            bit<16> header_bytes = (bit<16>)hdr.ipv4.header_words << 2;
            bit<16> transport_bytes = 0;
            if (hdr.tcp.isValid()) {
                transport_bytes = TCP_BYTES;
            } else if (hdr.udp.isValid()) {
                transport_bytes = UDP_BYTES;
            }
            // The IP header says how long the packet is: more than there is, or less than its own headers, is a lie.
            malformed = (bit<32>)hdr.ipv4.total_length + (bit<32>)meta.l2_bytes > standard_metadata.packet_length
                    || hdr.ipv4.total_length < header_bytes + transport_bytes;
        }
        if (hdr.command.isValid()) {
            malformed = malformed || standard_metadata.ingress_port != CPU_PORT
                    || hdr.command.version != SCR_VERSION || hdr.command.program != PROGRAM_ID;
            slot = hdr.command.metadata;
            relevant = true;
        } else if (!malformed) {
            extract.apply(hdr, standard_metadata.ingress_global_timestamp, slot, relevant);
        }
        sequencer.apply(hdr, slot, relevant, malformed, standard_metadata.packet_length,
                        standard_metadata.ingress_global_timestamp, standard_metadata);
    }
}

/*************************************************************************
****************  E G R E S S   P R O C E S S I N G   *******************
*************************************************************************/

control ScrEgress(inout headers_t hdr,
                  inout metadata_t meta,
                  inout standard_metadata_t standard_metadata) {
    apply { }
}

/*************************************************************************
*************   C H E C K S U M    C O M P U T A T I O N   **************
*************************************************************************/

control ScrComputeChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply { }
}

/*************************************************************************
***********************  D E P A R S E R  *******************************
*************************************************************************/

control ScrDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.outer);
        packet.emit(hdr.scr);
        packet.emit(hdr.slots);
        packet.emit(hdr.ethernet);
        packet.emit(hdr.command);
        packet.emit(hdr.vlan_outer);
        packet.emit(hdr.vlan_inner);
        packet.emit(hdr.ipv4);
        packet.emit(hdr.ipv4_options);
        packet.emit(hdr.tcp);
        packet.emit(hdr.udp);
    }
}

/*************************************************************************
***********************  S W I T C H  *******************************
*************************************************************************/

@pkginfo(name=PROGRAM_NAME, version="1")
V1Switch(ScrParser(),
         ScrVerifyChecksum(),
         ScrIngress(),
         ScrEgress(),
         ScrComputeChecksum(),
         ScrDeparser()) main;
