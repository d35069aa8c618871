/* SPDX-License-Identifier: Apache-2.0 */
/* DDoS mitigator: counts packets by IPv4 source and drops those of a source beyond the threshold. */
#include "scr.bpf.h"

#define PROGRAM_ID 1

struct meta {
    __be32 src_addr;
};

PARAMETER(0, 9223372036854775807, "packets", "packets that a source may send")
const volatile __u64 threshold = 1000;

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

/* A source that finds the table full is not counted and passes. */
INLINE int update(const struct meta *meta) {
    __be32 source = meta->src_addr;
    __u64 *packets = bpf_map_lookup_elem(&state, &source);
    if (!packets) {
        __u64 one = 1;
        bpf_map_update_elem(&state, &source, &one, BPF_ANY);
        return threshold < 1 ? XDP_DROP : XDP_PASS;
    }
    *packets += 1;
    return *packets > threshold ? XDP_DROP : XDP_PASS;
}

#include "variants.bpf.h"
