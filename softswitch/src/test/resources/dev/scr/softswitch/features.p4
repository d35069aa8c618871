/*
 * Everything of v1model that the embedded switch implements, one feature per value of the first byte
 * of a packet, so that a test reaches each with one packet. Tests and the STF files beside use it.
 */
#include <core.p4>
#include <v1model.p4>

const bit<9> CPU_PORT = 510;
const bit<32> NORMAL = 0;
const bit<32> EGRESS_CLONE = 2;

error { BadTest }

enum bit<8> op_t {
    FORWARD = 0x01, DROP = 0x02, MULTICAST = 0x03, CLONE_INGRESS = 0x04, RESUBMIT = 0x05,
    RECIRCULATE = 0x06, CLONE_EGRESS = 0x07, REGISTER = 0x08, COUNT = 0x09, METER = 0x0a,
    DIGEST = 0x0b, HASH = 0x0c, RANDOM = 0x0d, TRUNCATE = 0x0e, PUSH = 0x0f, EXIT = 0x10,
    ASSERT = 0x11, EXACT = 0x12, LPM = 0x13, TERNARY = 0x14, RANGE = 0x15, OPTIONAL = 0x16,
    SELECTOR = 0x17, IDLE = 0x18, TO_CPU = 0x19, WIDE = 0x1a, LOOP = 0x1b, GROW = 0x1c,
    PROFILE = 0x1d, PORTS = 0x1e, POP = 0x1f, OUT_OF_RANGE = 0x20, CONSTANT = 0x21,
    STACK = 0x40, VARIABLE = 0x41, UNION = 0x42, VERIFY = 0x43, LOOKAHEAD = 0x44, IPV4 = 0x45,
    SELECT_RANGE = 0x46, ADVANCE = 0x47
}

header test_t {
    op_t    op;
    bit<8>  a;
    bit<16> b;
    bit<32> c;
    bit<48> d;
}

header item_t {
    bit<1>  last;
    bit<7>  kind;
    bit<24> value;
}

header options_t {
    varbit<320> bytes;
}

header short_t { bit<16> value; }
header long_t { bit<128> value; }
header_union either_t {
    short_t narrow;
    long_t  wide;
}

header ipv4_t {
    bit<4>  version;
    bit<4>  ihl;
    bit<8>  diffserv;
    bit<16> total_len;
    bit<16> identification;
    bit<3>  flags;
    bit<13> frag_offset;
    bit<8>  ttl;
    bit<8>  protocol;
    bit<16> hdr_checksum;
    bit<32> src_addr;
    bit<32> dst_addr;
}

header wide_t {
    bit<256> left;
    bit<256> right;
}

@controller_header("packet_in")
header packet_in_t {
    bit<9>  ingress_port;
    bit<7>  reason;
}

@controller_header("packet_out")
header packet_out_t {
    bit<9>  egress_port;
    bit<7>  padding;
}

struct headers_t {
    packet_in_t  packet_in;
    packet_out_t packet_out;
    test_t       test;
    item_t[4]    items;
    options_t    options;
    either_t     either;
    ipv4_t       ipv4;
    wide_t       wide;
}

struct learn_t {
    bit<48> address;
    bit<9>  port;
}

struct metadata_t {
    @field_list(1)
    bit<16> kept;
    bit<16> lost;
    bit<8>  known;
}

parser FeaturesParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                      inout standard_metadata_t standard_metadata) {

    value_set<bit<16>>(4) known_values;

    state start {
        transition select(standard_metadata.ingress_port) {
            CPU_PORT: parse_packet_out;
            default:  parse_test;
        }
    }

    state parse_packet_out {
        packet.extract(hdr.packet_out);
        transition parse_test;
    }

    state parse_test {
        packet.extract(hdr.test);
        transition select(hdr.test.op, hdr.test.b) {
            (op_t.STACK, _):                      parse_items;
            (op_t.PUSH, _):                       parse_items;
            (op_t.POP, _):                        parse_items;
            (op_t.LOOP, _):                       parse_items;
            (op_t.VARIABLE, _):                   parse_options;
            (op_t.UNION, 0):                      parse_narrow;
            (op_t.UNION, _):                      parse_wide_member;
            (op_t.VERIFY, _):                     parse_verify;
            (op_t.LOOKAHEAD, _):                  parse_lookahead;
            (op_t.IPV4, _):                       parse_ipv4;
            (op_t.WIDE, _):                       parse_wide;
            (op_t.ADVANCE, _):                    parse_advance;
            (op_t.SELECT_RANGE, 0x100 &&& 0xff00): parse_known;
            default:                              parse_maybe_known;
        }
    }

    state parse_items {
        packet.extract(hdr.items.next);
        transition select(hdr.items.last.last) {
            1:       accept;
            default: parse_items;
        }
    }

    state parse_options {
        packet.extract(hdr.options, (bit<32>)hdr.test.a * 8);
        transition accept;
    }

    state parse_narrow {
        packet.extract(hdr.either.narrow);
        transition accept;
    }

    state parse_wide_member {
        packet.extract(hdr.either.wide);
        transition accept;
    }

    state parse_verify {
        verify(hdr.test.a == 1, error.BadTest);
        meta.known = 1;
        transition accept;
    }

    state parse_lookahead {
        hdr.test.b = packet.lookahead<bit<16>>();
        transition accept;
    }

    state parse_ipv4 {
        packet.extract(hdr.ipv4);
        transition accept;
    }

    state parse_wide {
        packet.extract(hdr.wide);
        transition accept;
    }

    state parse_advance {
        packet.advance((bit<32>)hdr.test.a * 8);
        transition accept;
    }

    state parse_known {
        meta.known = 2;
        transition accept;
    }

    state parse_maybe_known {
        transition select(hdr.test.b) {
            known_values: parse_known;
            default:      accept;
        }
    }
}

control FeaturesVerify(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.diffserv, hdr.ipv4.total_len,
              hdr.ipv4.identification, hdr.ipv4.flags, hdr.ipv4.frag_offset, hdr.ipv4.ttl,
              hdr.ipv4.protocol, hdr.ipv4.src_addr, hdr.ipv4.dst_addr },
            hdr.ipv4.hdr_checksum, HashAlgorithm.csum16);
    }
}

control FeaturesIngress(inout headers_t hdr, inout metadata_t meta,
                        inout standard_metadata_t standard_metadata) {

    register<bit<32>>(8) cells;
    register<bit<128>>(2) wide_cells;
    register<int<16>>(2) signed_cells;
    counter(4, CounterType.packets_and_bytes) counts;
    meter(4, MeterType.packets) colors;
    direct_counter(CounterType.packets_and_bytes) exact_counts;
    direct_meter<bit<8>>(MeterType.bytes) exact_meter;
    bit<32> random_value;
    bit<8> color;

    action forward(bit<9> port) {
        standard_metadata.egress_spec = port;
    }

    action forward_and_mark(bit<9> port, bit<32> mark) {
        standard_metadata.egress_spec = port;
        hdr.test.c = mark;
    }

    action drop() {
        mark_to_drop(standard_metadata);
    }

    action counted(bit<9> port) {
        exact_counts.count();
        exact_meter.read(color);
        standard_metadata.egress_spec = port;
    }

    table exact_table {
        key = {
            hdr.test.b : exact @name("b"); // 16
            hdr.test.d : exact @name("d"); // 48
        }
        actions = { counted; drop; @defaultonly NoAction; }
        default_action = NoAction();
        counters = exact_counts;
        meters = exact_meter;
        size = 4;
    }

    table lpm_table {
        key = { hdr.test.c : lpm @name("c"); }
        actions = { forward_and_mark; drop; }
        default_action = drop();
        size = 64;
    }

    table ternary_table {
        key = {
            hdr.test.a : ternary @name("a");
            hdr.test.c : ternary @name("c");
        }
        actions = { forward_and_mark; drop; }
        const default_action = drop();
        size = 64;
    }

    table range_table {
        key = {
            hdr.test.b : range @name("b");
            hdr.test.a : exact @name("a");
        }
        actions = { forward_and_mark; drop; }
        default_action = drop();
        size = 64;
    }

    table optional_table {
        key = {
            hdr.test.a : optional @name("a");
            hdr.test.b : optional @name("b");
        }
        actions = { forward_and_mark; drop; }
        default_action = drop();
        size = 64;
    }

    action_selector(HashAlgorithm.crc32, 16, 16) choice;

    table selector_table {
        key = {
            hdr.test.b : exact @name("b");
            hdr.test.c : selector;
            hdr.test.d : selector;
        }
        actions = { forward_and_mark; drop; NoAction; }
        implementation = choice;
        size = 16;
    }

    action_profile(4) profile;

    table profile_table {
        key = { hdr.test.b : exact @name("b"); }
        actions = { forward_and_mark; drop; NoAction; }
        implementation = profile;
        size = 16;
    }

    table idle_table {
        key = { hdr.test.b : exact @name("b"); }
        actions = { forward; drop; }
        default_action = drop();
        support_timeout = true;
        size = 16;
    }

    table constant_table {
        key = { hdr.test.c : ternary @name("c"); }
        actions = { forward_and_mark; drop; }
        const entries = {
            0x01020304 &&& 0xffffffff : forward_and_mark(1, 1);
            0x01020000 &&& 0xffff0000 : forward_and_mark(2, 2);
            _                         : forward_and_mark(3, 3);
        }
        const default_action = drop();
    }

    table ports {
        actions = { forward; }
        default_action = forward(7);
    }

    action sum_items() {
        bit<24> sum = 0;
        for (bit<8> i = 0; i < hdr.test.a; i = i + 1) {
            sum = sum + hdr.items[i].value;
            hdr.items[i].value = (bit<24>)i;
        }
        hdr.test.c = (bit<32>)sum;
    }

    action arithmetic() {
        bit<256> product = hdr.wide.left * hdr.wide.right;
        hdr.wide.right = hdr.wide.left |+| hdr.wide.right;
        hdr.wide.left = product;
        wide_cells.write(1, hdr.wide.right[127:0]);
    }

    action touch_register() {
        bit<32> value;
        cells.read(value, (bit<32>)hdr.test.b);
        value = value + hdr.test.c;
        cells.write((bit<32>)hdr.test.b, value);
        hdr.test.c = value;
        int<16> signed;
        signed_cells.read(signed, 0);
        signed_cells.write(0, signed - 1);
    }

    apply {
        color = 0;
        random_value = 0;
        standard_metadata.egress_spec = (bit<9>)hdr.test.a;
        if (hdr.packet_out.isValid()) {
            standard_metadata.egress_spec = hdr.packet_out.egress_port;
            hdr.packet_out.setInvalid();
            exit;
        }
        if (standard_metadata.parser_error != error.NoError) {
            standard_metadata.egress_spec = 5;
            hdr.test.d = (bit<48>)(bit<8>)(standard_metadata.parser_error == error.BadTest ? 8w1 : 8w2);
            exit;
        }
        if (standard_metadata.checksum_error == 1) {
            standard_metadata.egress_spec = 6;
            exit;
        }
        switch (hdr.test.op) {
            op_t.DROP: { drop(); }
            op_t.MULTICAST: { standard_metadata.mcast_grp = hdr.test.b; }
            op_t.CLONE_INGRESS: {
                meta.kept = hdr.test.b;
                meta.lost = hdr.test.b;
                clone_preserving_field_list(CloneType.I2E, (bit<32>)hdr.test.b, 1);
                hdr.test.d = 0;
            }
            op_t.RESUBMIT: {
                hdr.test.d = (bit<48>)standard_metadata.instance_type;
                hdr.test.b = meta.kept;
                if (standard_metadata.instance_type == NORMAL) {
                    meta.kept = 0x1234;
                    meta.lost = 0x1234;
                    resubmit_preserving_field_list(1);
                }
            }
            op_t.REGISTER: { touch_register(); }
            op_t.COUNT: { counts.count((bit<32>)hdr.test.b); }
            op_t.METER: {
                colors.execute_meter((bit<32>)hdr.test.b, color);
                hdr.test.c = (bit<32>)color;
            }
            op_t.DIGEST: { digest<learn_t>(1, { hdr.test.d, standard_metadata.ingress_port }); }
            op_t.HASH: {
                hash(hdr.test.c, HashAlgorithm.crc32, 32w10, { hdr.test.b, hdr.test.d }, 32w1000);
            }
            op_t.RANDOM: {
                random(random_value, 32w5, 32w9);
                hdr.test.c = random_value;
            }
            op_t.TRUNCATE: { truncate((bit<32>)hdr.test.b); }
            op_t.PUSH: {
                hdr.items.push_front(1);
                hdr.items[0].setValid();
                hdr.items[0].value = 0xabcdef;
                hdr.items[0].last = 0;
                hdr.items[0].kind = 0;
            }
            op_t.POP: { hdr.items.pop_front(2); }
            op_t.EXIT: {
                if (hdr.test.b == 0) {
                    exit;
                }
                hdr.test.c = 0xffffffff;
            }
            op_t.ASSERT: { assert(hdr.test.b != 0); }
            op_t.EXACT: {
                if (exact_table.apply().hit) {
                    hdr.test.c = 1;
                } else {
                    hdr.test.c = 2;
                }
                hdr.test.a = color;
            }
            op_t.LPM: { lpm_table.apply(); }
            op_t.TERNARY: { ternary_table.apply(); }
            op_t.RANGE: { range_table.apply(); }
            op_t.OPTIONAL: { optional_table.apply(); }
            op_t.SELECTOR: { selector_table.apply(); }
            op_t.PROFILE: {
                switch (profile_table.apply().action_run) {
                    drop: { hdr.test.d = 1; }
                    forward_and_mark: { hdr.test.d = 2; }
                    default: { hdr.test.d = 3; }
                }
            }
            op_t.IDLE: { idle_table.apply(); }
            op_t.CONSTANT: { constant_table.apply(); }
            op_t.PORTS: { ports.apply(); }
            op_t.TO_CPU: {
                standard_metadata.egress_spec = CPU_PORT;
                hdr.packet_in.setValid();
                hdr.packet_in.ingress_port = standard_metadata.ingress_port;
                hdr.packet_in.reason = (bit<7>)hdr.test.b;
            }
            op_t.WIDE: { arithmetic(); }
            op_t.LOOP: { sum_items(); }
            op_t.GROW: { hdr.wide.setValid(); hdr.wide.left = 1; hdr.wide.right = 2; }
            op_t.OUT_OF_RANGE: {
                bit<32> untouched = 0x55;
                cells.read(untouched, (bit<32>)hdr.test.b);
                cells.write((bit<32>)hdr.test.b, 1);
                counts.count((bit<32>)hdr.test.b);
                hdr.test.c = untouched;
            }
            op_t.IPV4: { hdr.ipv4.ttl = hdr.ipv4.ttl - 1; }
            op_t.VARIABLE: { hdr.test.d = (bit<48>)standard_metadata.packet_length; }
            op_t.UNION: {
                if (hdr.either.narrow.isValid()) {
                    bit<16> value = hdr.either.narrow.value;
                    hdr.either.wide.setValid();
                    hdr.either.wide.value = (bit<128>)value;
                } else {
                    bit<16> value = hdr.either.wide.value[15:0];
                    hdr.either.narrow.setValid();
                    hdr.either.narrow.value = value;
                }
            }
            default: { hdr.test.d = (bit<48>)meta.known; }
        }
    }
}

control FeaturesEgress(inout headers_t hdr, inout metadata_t meta,
                       inout standard_metadata_t standard_metadata) {
    apply {
        if (hdr.test.op == op_t.MULTICAST) {
            hdr.test.c = (bit<32>)standard_metadata.egress_rid;
            hdr.test.d = (bit<48>)standard_metadata.instance_type;
        } else if (hdr.test.op == op_t.CLONE_INGRESS && standard_metadata.instance_type != NORMAL) {
            hdr.test.c = (bit<32>)(meta.kept ++ meta.lost);
        } else if (hdr.test.op == op_t.CLONE_EGRESS) {
            if (standard_metadata.instance_type == EGRESS_CLONE) {
                hdr.test.c = (bit<32>)(meta.kept ++ meta.lost);
            } else {
                meta.kept = 0x77;
                meta.lost = 0x77;
                clone_preserving_field_list(CloneType.E2E, (bit<32>)hdr.test.b, 1);
                hdr.test.d = 0xe;
            }
        } else if (hdr.test.op == op_t.RECIRCULATE) {
            if (standard_metadata.instance_type == NORMAL && hdr.test.c == 0) {
                hdr.test.c = 1;
                meta.kept = 0x42;
                recirculate_preserving_field_list(1);
            } else {
                hdr.test.d = (bit<48>)standard_metadata.packet_length;
                hdr.test.b = meta.kept;
            }
        } else if (hdr.test.op == op_t.DROP && hdr.test.b == 1) {
            mark_to_drop(standard_metadata);
        }
    }
}

control FeaturesCompute(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.diffserv, hdr.ipv4.total_len,
              hdr.ipv4.identification, hdr.ipv4.flags, hdr.ipv4.frag_offset, hdr.ipv4.ttl,
              hdr.ipv4.protocol, hdr.ipv4.src_addr, hdr.ipv4.dst_addr },
            hdr.ipv4.hdr_checksum, HashAlgorithm.csum16);
    }
}

control FeaturesDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.packet_in);
        packet.emit(hdr.test);
        packet.emit(hdr.items);
        packet.emit(hdr.options);
        packet.emit(hdr.either);
        packet.emit(hdr.ipv4);
        packet.emit(hdr.wide);
    }
}

V1Switch(FeaturesParser(), FeaturesVerify(), FeaturesIngress(), FeaturesEgress(),
         FeaturesCompute(), FeaturesDeparser()) main;
