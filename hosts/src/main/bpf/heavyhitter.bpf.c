/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Heavy-hitter monitor: adds up the bytes of each flow (IP total length) and bounces the packets of a
 * flow beyond the threshold, so that a collector on that side sees them; others pass.
 */
#include "scr.bpf.h"

#define PROGRAM_ID 2

struct COMMAND(1, "forget", "src_addr dst_addr src_port dst_port protocol", "forgets how many bytes the flow has sent") meta {
    __be32 src_addr;
    __be32 dst_addr;
    __be16 src_port;
    __be16 dst_port;
    __u8 protocol;
    __u8 command; /* 0 for a packet */
    __be16 length; /* bytes of the IP packet */
};

PARAMETER(0, 9223372036854775807, "bytes", "bytes that a flow may send before it counts as heavy")
const volatile __u64 threshold = 100000;

struct {
    MAP_TYPE(BPF_MAP_TYPE_HASH);
    MAP_ENTRIES(65536);
    struct flow *key;
    __u64 *value; /* bytes seen */
} state SEC(".maps");

INLINE enum relevance extract(const struct packet *packet, struct meta *meta) {
    struct headers headers;
    struct flow flow;
    enum relevance relevance = parse_flow(packet, &headers, &flow);
    if (relevance != RELEVANT)
        return relevance;
    meta->src_addr = flow.src_addr;
    meta->dst_addr = flow.dst_addr;
    meta->src_port = flow.src_port;
    meta->dst_port = flow.dst_port;
    meta->protocol = flow.protocol;
    meta->command = 0;
    meta->length = headers.ipv4->total_length;
    return RELEVANT;
}

enum { FORGET = 1 };

/* A flow that finds the table full is not counted and passes. */
INLINE int update(const struct meta *meta) {
    struct flow_key flow = flow_key_of(meta);
    __u64 length = ntohs(meta->length);
    if (meta->command) {
        if (meta->command == FORGET)
            bpf_map_delete_elem(&state, &flow);
        return XDP_DROP;
    }
    __u64 *bytes = bpf_map_lookup_elem(&state, &flow);
    if (!bytes) {
        bpf_map_update_elem(&state, &flow, &length, BPF_ANY);
        return length > threshold ? XDP_TX : XDP_PASS;
    }
    *bytes += length;
    return *bytes > threshold ? XDP_TX : XDP_PASS;
}

/* The same where cores share the state: no packet's bytes are lost. */
#define UPDATES_ATOMICALLY
INLINE int update_atomically(const struct meta *meta) {
    struct flow_key flow = flow_key_of(meta);
    __u64 length = ntohs(meta->length);
    __u64 *bytes = bpf_map_lookup_elem(&state, &flow);
    if (!bytes) {
        if (bpf_map_update_elem(&state, &flow, &length, BPF_NOEXIST) == 0)
            return length > threshold ? XDP_TX : XDP_PASS;
        bytes = bpf_map_lookup_elem(&state, &flow); /* another core was faster, or the table is full */
        if (!bytes)
            return length > threshold ? XDP_TX : XDP_PASS;
    }
    return __sync_fetch_and_add(bytes, length) + length > threshold ? XDP_TX : XDP_PASS;
}

#include "variants.bpf.h"
