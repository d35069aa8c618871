/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Port-knocking firewall: a source that opens connections to three secret ports, one after another,
 * is let through from then on.
 *
 *              knock 1          knock 2          knock 3
 *   CLOSED ------------> ONE ------------> TWO ------------> OPEN (for good)
 *      ^                  |                 |
 *      +------------------+-----------------+   any other port (knock 1 again leads to ONE)
 *
 * A knock is a TCP segment with SYN and without ACK; other segments leave the state alone.
 */
#include "scr.bpf.h"

#define PROGRAM_ID 5

struct COMMAND(1, "forget", "src_addr", "closes the firewall for the source")
    COMMAND(2, "open", "src_addr", "lets the source through without a knock") meta {
    __be32 src_addr;
    __be16 dst_port;
    __u8 tcp_flags;
    __u8 command; /* 0 for a packet */
};

enum { CLOSED, ONE, TWO, OPEN };

enum { FORGET = 1, ADMIT = 2 };

/* In host byte order. */
PARAMETER(0, 65535, "ports", "the secret: ports to knock at, in order")
const volatile __u16 knocks[3] = {7001, 7002, 7003};

struct {
    MAP_TYPE(BPF_MAP_TYPE_HASH);
    MAP_ENTRIES(65536);
    __be32 *key; /* source address */
    __u32 *value; /* CLOSED, ONE, TWO, OPEN */
} state SEC(".maps");

INLINE enum relevance extract(const struct packet *packet, struct meta *meta) {
    struct headers headers;
    if (parse(packet, READS_TCP, &headers) == MALFORMED)
        return MALFORMED;
    if (!headers.tcp)
        return IRRELEVANT;
    meta->src_addr = headers.ipv4->src_addr;
    meta->dst_port = headers.tcp->dst_port;
    meta->tcp_flags = headers.tcp->flags;
    meta->command = 0;
    return RELEVANT;
}

INLINE __u32 knock(__u32 from, __u16 port) {
    if (from == OPEN)
        return OPEN;
    if (from == TWO && port == knocks[2])
        return OPEN;
    if (from == ONE && port == knocks[1])
        return TWO;
    return port == knocks[0] ? ONE : CLOSED;
}

/* A source that finds the table full stays closed. */
INLINE int update(const struct meta *meta) {
    __be32 source = meta->src_addr;
    __u32 *found = bpf_map_lookup_elem(&state, &source);
    __u32 before = found ? *found : CLOSED;
    __u32 after = before;

    if (meta->command) {
        __u32 open = OPEN;
        if (meta->command == FORGET)
            bpf_map_delete_elem(&state, &source);
        else if (meta->command == ADMIT)
            bpf_map_update_elem(&state, &source, &open, BPF_ANY);
        return XDP_DROP;
    }
    if ((meta->tcp_flags & (TCP_SYN | TCP_ACK)) == TCP_SYN)
        after = knock(before, ntohs(meta->dst_port));
    if (found)
        *found = after;
    else if (after != CLOSED && bpf_map_update_elem(&state, &source, &after, BPF_ANY) != 0)
        return XDP_DROP;
    return after == OPEN ? XDP_PASS : XDP_DROP;
}

#include "variants.bpf.h"
