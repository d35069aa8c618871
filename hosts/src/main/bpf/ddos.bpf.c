/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DDoS mitigator: counts packets by IPv4 source and drops those of a source that is on the block list or
 * beyond the threshold.
 */
#include "scr.bpf.h"

#define PROGRAM_ID 1
#define BLOCKED 16

struct meta {
    __be32 src_addr;
};

PARAMETER(0, 9223372036854775807, "packets", "packets that a source may send")
const volatile __u64 threshold = 1000;

PARAMETER(0, 4294967295, "addresses", "block list: sources of which no packet passes or is counted")
const volatile __u32 blocked[BLOCKED] = {0};

struct {
    MAP_TYPE(BPF_MAP_TYPE_HASH);
    MAP_ENTRIES(65536);
    __be32 *key; /* source address */
    __u64 *value; /* packets seen */
} state SEC(".maps");

INLINE enum relevance extract(const struct packet *packet, struct meta *meta) {
    struct headers headers;
    if (parse(packet, 0, &headers) == MALFORMED)
        return MALFORMED;
    if (!headers.ipv4)
        return IRRELEVANT;
    meta->src_addr = headers.ipv4->src_addr;
    return RELEVANT;
}

/* The list ends with its first 0. */
INLINE int is_blocked(__be32 source) {
    for (int i = 0; i < BLOCKED && blocked[i]; i++) {
        if (blocked[i] == ntohl(source))
            return 1;
    }
    return 0;
}

/* A source that finds the table full is not counted and passes. */
INLINE int update(const struct meta *meta) {
    __be32 source = meta->src_addr;
    if (is_blocked(source))
        return XDP_DROP;
    __u64 *packets = bpf_map_lookup_elem(&state, &source);
    if (!packets) {
        __u64 one = 1;
        bpf_map_update_elem(&state, &source, &one, BPF_ANY);
        return threshold < 1 ? XDP_DROP : XDP_PASS;
    }
    *packets += 1;
    return *packets > threshold ? XDP_DROP : XDP_PASS;
}

/*
 * The same where cores share the state: nobody's addition is lost, and of the packets of a source each
 * sees a number of its own.
 */
#define UPDATES_ATOMICALLY
INLINE int update_atomically(const struct meta *meta) {
    __be32 source = meta->src_addr;
    __u64 *packets = bpf_map_lookup_elem(&state, &source);
    if (!packets) {
        __u64 one = 1;
        if (bpf_map_update_elem(&state, &source, &one, BPF_NOEXIST) == 0)
            return threshold < 1 ? XDP_DROP : XDP_PASS;
        packets = bpf_map_lookup_elem(&state, &source); /* another core was faster, or the table is full */
        if (!packets)
            return threshold < 1 ? XDP_DROP : XDP_PASS;
    }
    return __sync_fetch_and_add(packets, 1) + 1 > threshold ? XDP_DROP : XDP_PASS;
}

#include "variants.bpf.h"
