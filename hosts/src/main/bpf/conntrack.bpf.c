/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP connection tracker: both directions of a connection meet in one entry; a packet passes if it
 * belongs to a connection that a SYN opened, and is dropped otherwise. docs/conntrack.md has the state
 * machine as a table, and a test compares the table with this file.
 *
 * Time is the sequencer's, never a worker's. The table is bounded: each connection sits on one of
 * `connections` seats; when all are taken, a new one looks at the next few in turn and takes the first
 * whose connection has timed out. So all replicas forget the same connections at the same packet.
 */
#include "scr.bpf.h"

#define PROGRAM_ID 3

/* The 5-tuple, protocol TCP, with its ends in order: the low one has the smaller address (port, if equal). */
struct COMMAND(1, "forget", "low_addr high_addr low_port high_port", "forgets the connection between these ends, in either order") meta {
    __be32 low_addr;
    __be32 high_addr;
    __be16 low_port;
    __be16 high_port;
    __be32 sequence;
    __be32 acknowledgment;
    __be16 payload; /* bytes behind the TCP header */
    __u8 tcp_flags;
    __u8 origin; /* FROM_HIGH, SENSELESS, or from COMMANDS on a command */
    __be64 time_us;
};

enum { FROM_HIGH = 1, SENSELESS = 2, COMMANDS = 16, FORGET = COMMANDS * 1 };

/* SYN_SENT2: both ends have sent SYN and neither has acknowledged one (simultaneous open). */
enum {
    NONE,
    SYN_SENT,
    SYN_SENT2,
    SYN_RECV,
    ESTABLISHED,
    FIN_WAIT,
    CLOSE_WAIT,
    LAST_ACK,
    TIME_WAIT,
    CLOSE,
    STATES = 16 /* a power of two, for the verifier */
};

#define TIMEOUT(state) PARAMETER(0, 4294967295, "s", "silence after which a connection in " state " is forgotten")

/* By state, in the states' order. */
const volatile struct timeouts {
    __u32 none;
    TIMEOUT("SYN_SENT") __u32 syn_sent_s;
    TIMEOUT("SYN_SENT2") __u32 syn_sent2_s;
    TIMEOUT("SYN_RECV") __u32 syn_recv_s;
    TIMEOUT("ESTABLISHED") __u32 established_s;
    TIMEOUT("FIN_WAIT") __u32 fin_wait_s;
    TIMEOUT("CLOSE_WAIT") __u32 close_wait_s;
    TIMEOUT("LAST_ACK") __u32 last_ack_s;
    TIMEOUT("TIME_WAIT") __u32 time_wait_s;
    TIMEOUT("CLOSE") __u32 close_s;
    __u32 unused[STATES - 10];
} timeouts = {
    .syn_sent_s = 120,
    .syn_sent2_s = 120,
    .syn_recv_s = 60,
    .established_s = 432000,
    .fin_wait_s = 120,
    .close_wait_s = 60,
    .last_ack_s = 30,
    .time_wait_s = 120,
    .close_s = 10,
};

PARAMETER(1, 65536, "connections", "connections that are tracked at a time")
const volatile __u32 connections = 65536;

PARAMETER(0, 1073741824, "bytes", "how far a segment may lie before or beyond what its end has sent")
const volatile __u32 reach = 16777216;

/* What one end has sent, in sequence numbers. */
struct end {
    __u32 next;  /* behind the last byte that it has sent */
    __u32 acked; /* behind the last byte that the other end has acknowledged; its first number before that */
};

struct connection {
    __u64 seen_us; /* time of the last packet that belonged */
    struct end ends[2]; /* low, high */
    __u8 state;
    __u8 opener;    /* the end that has sent the first SYN */
    __u8 confirmed; /* bit per end: it has acknowledged the other's SYN */
    __u8 closed;    /* bit per end: it has sent FIN */
    __u32 zero;
};

struct {
    MAP_TYPE(BPF_MAP_TYPE_HASH);
    MAP_ENTRIES(65536);
    struct flow *key; /* low end as source */
    struct connection *value;
} state SEC(".maps");

/* Who sits where. */
struct {
    MAP_TYPE(BPF_MAP_TYPE_HASH);
    MAP_ENTRIES(65536);
    __u32 *key;
    struct flow *value;
} seats SEC(".maps");

struct turn {
    __u32 taken; /* seats that have ever been taken: the first ones */
    __u32 next;  /* the seat to look at first when all are */
};

struct {
    MAP_TYPE(BPF_MAP_TYPE_ARRAY);
    MAP_ENTRIES(1);
    __u32 *key;
    struct turn *value;
} turn SEC(".maps");

/* Seats that a new connection looks at. */
enum { SEATS_TRIED = 4 };

/* Both ends, as bits. */
enum { BOTH = 3 };

struct segment {
    __u64 now_us;
    __u32 from; /* 0: low end, 1: high end */
    __u32 flags; /* FIN, SYN, RST, ACK */
    __u32 sequence;
    __u32 end; /* the sequence number behind it; SYN and FIN count one each */
    __u32 acknowledgment;
};

INLINE enum relevance extract(const struct packet *packet, struct meta *meta) {
    struct headers headers;
    if (parse(packet, READS_TCP, &headers) == MALFORMED)
        return MALFORMED;
    if (!headers.tcp)
        return IRRELEVANT;
    const struct ipv4 *ipv4 = headers.ipv4;
    const struct tcp *tcp = headers.tcp;
    __u32 src = ntohl(ipv4->src_addr);
    __u32 dst = ntohl(ipv4->dst_addr);
    __u16 src_port = ntohs(tcp->src_port);
    __u16 dst_port = ntohs(tcp->dst_port);
    __u16 total = ntohs(ipv4->total_length);
    __u16 header = (ipv4->version_words & 15) * 4 + (tcp->data_words >> 4) * 4;

    meta->origin = 0;
    if (tcp->data_words >> 4 < 5 || header > total || (src == dst && src_port == dst_port))
        meta->origin = SENSELESS;
    if (src > dst || (src == dst && src_port > dst_port)) {
        meta->origin |= FROM_HIGH;
        meta->low_addr = ipv4->dst_addr;
        meta->high_addr = ipv4->src_addr;
        meta->low_port = tcp->dst_port;
        meta->high_port = tcp->src_port;
    } else {
        meta->low_addr = ipv4->src_addr;
        meta->high_addr = ipv4->dst_addr;
        meta->low_port = tcp->src_port;
        meta->high_port = tcp->dst_port;
    }
    meta->sequence = tcp->sequence;
    meta->acknowledgment = tcp->acknowledgment;
    meta->payload = htons((__u16)(total - header));
    meta->tcp_flags = tcp->flags;
    meta->time_us = htonll(packet->timestamp_ns / 1000);
    return RELEVANT;
}

INLINE int expired(const struct connection *connection, __u64 now_us) {
    const volatile __u32 *timeout_s = &timeouts.none + (connection->state & (STATES - 1));
    return now_us > connection->seen_us && now_us - connection->seen_us > *timeout_s * 1000000ull;
}

INLINE void begin(struct connection *connection, const struct segment *segment) {
    __u32 opener = segment->from & 1;
    connection->state = SYN_SENT;
    connection->opener = opener;
    connection->confirmed = 0;
    connection->closed = 0;
    connection->ends[opener].next = segment->end;
    connection->ends[opener].acked = segment->sequence;
    connection->ends[opener ^ 1].next = 0;
    connection->ends[opener ^ 1].acked = 0;
}

/* A seat for a new connection, whose last holder is forgotten; `connections` if there is none. */
INLINE __u32 find_seat(__u64 now_us) {
    __u32 first = 0;
    struct turn *here = bpf_map_lookup_elem(&turn, &first);
    if (!here)
        return connections;
    if (here->taken < connections)
        return here->taken++;
    for (int tried = 0; tried < SEATS_TRIED; tried++) {
        __u32 seat = here->next < connections ? here->next : 0;
        here->next = seat + 1;
        struct flow *holder = bpf_map_lookup_elem(&seats, &seat);
        if (!holder)
            return seat;
        struct connection *held = bpf_map_lookup_elem(&state, holder);
        if (!held)
            return seat;
        if (expired(held, now_us)) {
            bpf_map_delete_elem(&state, holder);
            return seat;
        }
    }
    return connections;
}

INLINE struct flow_key tcp_flow(__u64 addrs, __u32 ports) {
    return (struct flow_key){addrs, (__u64)PROTO_TCP << 32 | ports};
}

/*
 * A connection that finds no seat does not come about. As obey, it gets numbers, not pointers: what nobody
 * points to need not be in memory, in the loop over the history either.
 */
OUTLINE int open_connection(__u64 addrs, __u32 ports, __u64 now_us, __u64 sequence_end, __u32 from) {
    struct flow_key flow = tcp_flow(addrs, ports);
    struct segment segment = {.from = from, .sequence = sequence_end >> 32, .end = sequence_end};
    __u32 seat = find_seat(now_us);
    if (seat >= connections)
        return XDP_DROP;
    struct connection connection = {.seen_us = now_us};
    begin(&connection, &segment);
    bpf_map_update_elem(&seats, &seat, &flow, BPF_ANY);
    return bpf_map_update_elem(&state, &flow, &connection, BPF_ANY) == 0 ? XDP_PASS : XDP_DROP;
}

/* Whether a segment acknowledges something of an end that has not been acknowledged before. */
INLINE int acknowledges_new(const struct end *end, const struct segment *segment) {
    return (segment->flags & TCP_ACK) && segment->acknowledgment - end->acked - 1 < end->next - end->acked;
}

/* An end's reset counts if its number lies in what the end has sent and the other has not acknowledged. */
INLINE int is_valid_reset(struct connection *connection, const struct segment *segment) {
    struct end *mine = &connection->ends[segment->from & 1];
    struct end *theirs = &connection->ends[(segment->from & 1) ^ 1];
    if (connection->state == CLOSE)
        return 0;
    if (connection->state == SYN_SENT && segment->from != connection->opener)
        return acknowledges_new(theirs, segment);
    return segment->sequence - mine->acked <= mine->next - mine->acked;
}

/*
 * A SYN without ACK: the first one or a new one of the opener, the other end's in a simultaneous open, one
 * that is sent again, or a new connection where the old one is over (RFC 1122, 4.2.2.13).
 */
INLINE int open_again(struct connection *connection, const struct segment *segment) {
    struct end *mine = &connection->ends[segment->from & 1];
    __u8 state = connection->state;
    if (state == CLOSE || (state == SYN_SENT && segment->from == connection->opener)
        || (state == TIME_WAIT && (__s32)(segment->sequence - mine->next) >= 0)) {
        begin(connection, segment);
        return 1;
    }
    if (state == SYN_SENT) {
        mine->next = segment->end;
        mine->acked = segment->sequence;
        connection->state = SYN_SENT2;
        return 1;
    }
    return state <= SYN_RECV && segment->end == mine->next;
}

/* The first SYN+ACK. */
INLINE int answer(struct connection *connection, const struct segment *segment) {
    struct end *mine = &connection->ends[segment->from & 1];
    struct end *theirs = &connection->ends[(segment->from & 1) ^ 1];
    if (!acknowledges_new(theirs, segment))
        return 0;
    if (connection->state == SYN_SENT) {
        if (segment->from == connection->opener)
            return 0;
        mine->next = segment->end;
        mine->acked = segment->sequence;
    } else if (segment->end != mine->next) {
        return 0;
    }
    theirs->acked = segment->acknowledgment;
    connection->confirmed = 1 << (segment->from & 1);
    connection->state = SYN_RECV;
    return 1;
}

/* What follows from who has sent FIN, and from whether that has been acknowledged. */
INLINE __u8 closing_state(const struct connection *connection) {
    __u8 done = 0;
    if (connection->ends[0].acked == connection->ends[0].next)
        done |= 1;
    if (connection->ends[1].acked == connection->ends[1].next)
        done |= 2;
    int all_done = (done & connection->closed) == connection->closed;
    if (connection->closed == BOTH)
        return all_done ? TIME_WAIT : LAST_ACK;
    return all_done ? CLOSE_WAIT : FIN_WAIT;
}

/* A segment with ACK on a connection whose ends have both sent SYN. */
INLINE int exchange(struct connection *connection, const struct segment *segment) {
    struct end *mine = &connection->ends[segment->from & 1];
    struct end *theirs = &connection->ends[(segment->from & 1) ^ 1];
    __u32 bit = 1 << (segment->from & 1);
    __s32 beyond = segment->end - mine->next;

    if (theirs->next - segment->acknowledgment > reach || beyond + reach > 2 * reach)
        return 0;
    if (beyond > 0 && ((segment->flags & TCP_SYN) || (connection->closed & bit)))
        return 0;
    if ((segment->flags & TCP_FIN) && ((connection->closed & bit) ? beyond != 0 : beyond <= 0))
        return 0;
    if (connection->state == SYN_RECV && !(connection->confirmed & bit)) {
        if (!acknowledges_new(theirs, segment))
            return 0;
        connection->confirmed |= bit;
    }

    if (beyond > 0)
        mine->next = segment->end;
    if ((__s32)(segment->acknowledgment - theirs->acked) > 0)
        theirs->acked = segment->acknowledgment;
    if ((segment->flags & TCP_FIN))
        connection->closed |= bit;

    if (connection->closed)
        connection->state = closing_state(connection);
    else if (connection->confirmed == BOTH)
        connection->state = ESTABLISHED;
    return 1;
}

/* Whether a segment belongs to a connection; then the connection has taken it in. */
INLINE int belongs(struct connection *connection, const struct segment *segment) {
    __u8 flags = segment->flags;
    if (flags & TCP_RST) {
        if (!is_valid_reset(connection, segment))
            return 0;
        if (connection->state != TIME_WAIT) /* a reset must not end the wait: RFC 1337 */
            connection->state = CLOSE;
        return 1;
    }
    if (flags == TCP_SYN)
        return open_again(connection, segment);
    if (connection->state == CLOSE)
        return 0;
    if (connection->state < SYN_RECV)
        return (flags & TCP_SYN) && answer(connection, segment);
    return exchange(connection, segment);
}

/* At most one of SYN, FIN and RST, and ACK but with SYN or RST; lengths and ends that can be. */
INLINE int makes_sense(const struct segment *segment, __u8 origin) {
    switch (segment->flags) {
    case TCP_SYN:
    case TCP_SYN | TCP_ACK:
    case TCP_RST:
    case TCP_RST | TCP_ACK:
    case TCP_FIN | TCP_ACK:
    case TCP_ACK:
        return !(origin & SENSELESS);
    default:
        return 0;
    }
}

/* Its seat is free from then on: nobody sits there any more. */
OUTLINE int obey(__u8 command, __u64 addrs, __u32 ports) {
    struct flow_key one = tcp_flow(addrs, ports);
    struct flow_key other = tcp_flow(addrs << 32 | addrs >> 32, ports << 16 | ports >> 16);
    if (command == FORGET) {
        bpf_map_delete_elem(&state, &one);
        bpf_map_delete_elem(&state, &other);
    }
    return XDP_DROP;
}

INLINE int update(const struct meta *meta) {
    const word *ends = (const word *)meta;
    __u64 addrs = ends[0];
    __u32 ports = ends[1];
    struct flow_key flow = tcp_flow(addrs, ports);
    struct segment segment = {
        .now_us = ntohll(meta->time_us),
        .from = meta->origin & FROM_HIGH,
        .flags = meta->tcp_flags & (TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK),
        .sequence = ntohl(meta->sequence),
        .acknowledgment = ntohl(meta->acknowledgment),
    };
    segment.end = segment.sequence + ntohs(meta->payload) + (segment.flags >> 1 & 1) + (segment.flags & 1);

    if (meta->origin >= COMMANDS)
        return obey(meta->origin, addrs, ports);
    if (!makes_sense(&segment, meta->origin))
        return XDP_DROP;
    struct connection *connection = bpf_map_lookup_elem(&state, &flow);
    if (!connection)
        return segment.flags == TCP_SYN
            ? open_connection(addrs, ports, segment.now_us, (__u64)segment.sequence << 32 | segment.end, segment.from)
            : XDP_DROP;
    if (expired(connection, segment.now_us)) {
        if (segment.flags != TCP_SYN)
            return XDP_DROP; /* it is as good as forgotten */
        begin(connection, &segment);
    } else if (!belongs(connection, &segment)) {
        return XDP_DROP;
    }
    connection->seen_us = segment.now_us;
    return XDP_PASS;
}

#include "variants.bpf.h"
