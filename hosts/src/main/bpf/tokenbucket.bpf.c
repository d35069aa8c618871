/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Token-bucket policer: a flow has up to `burst` tokens, gets one back every `interval_us`, and pays one
 * for each packet; without a token the packet is dropped. Time is the sequencer's, never a worker's.
 *
 * Times are microseconds modulo 2^32: a flow that was idle for more than 71 minutes may find fewer new
 * tokens than it has earned. All replicas agree on that too.
 */
#include "scr.bpf.h"

#define PROGRAM_ID 4

struct COMMAND(1, "forget", "src_addr dst_addr src_port dst_port protocol", "forgets the flow: its next packet finds a full bucket")
    COMMAND(2, "drain", "src_addr dst_addr src_port dst_port protocol", "takes the flow's tokens") meta {
    __be32 src_addr;
    __be32 dst_addr;
    __be16 src_port;
    __be16 dst_port;
    __u8 protocol;
    __u8 command; /* 0 for a packet */
    __u8 zero[2];
    __be32 time_us;
};

PARAMETER(0, 4294967295, "packets", "tokens of a full bucket, and of a new flow")
const volatile __u32 burst = 16;

PARAMETER(1, 4294967295, "us", "time in which a flow earns a token")
const volatile __u32 interval_us = 50;

struct bucket {
    __u32 refilled_us; /* when the newest of the tokens was due */
    __u32 tokens;
};

struct {
    MAP_TYPE(BPF_MAP_TYPE_HASH);
    MAP_ENTRIES(65536);
    struct flow *key;
    struct bucket *value;
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
    meta->command = meta->zero[0] = meta->zero[1] = 0;
    meta->time_us = __builtin_bswap32((__u32)(packet->timestamp_ns / 1000));
    return RELEVANT;
}

enum { FORGET = 1, DRAIN = 2 };

/* A flow that finds the table full is dropped: what cannot be policed does not pass. */
INLINE int update(const struct meta *meta) {
    struct flow_key flow = flow_key_of(meta);
    __u32 now = ntohl(meta->time_us);
    struct bucket *bucket = bpf_map_lookup_elem(&state, &flow);
    if (meta->command) {
        if (meta->command == FORGET)
            bpf_map_delete_elem(&state, &flow);
        else if (meta->command == DRAIN && bucket)
            bucket->tokens = 0;
        return XDP_DROP;
    }
    __u32 most = burst;
    if (!bucket) {
        struct bucket full = {.refilled_us = now, .tokens = most};
        if (full.tokens == 0)
            return XDP_DROP;
        full.tokens--;
        return bpf_map_update_elem(&state, &flow, &full, BPF_ANY) == 0 ? XDP_PASS : XDP_DROP;
    }
    __u64 interval = interval_us;
    __u32 elapsed = now - bucket->refilled_us;
    __u32 tokens = bucket->tokens;
    if (elapsed >= interval * (most - tokens)) {
        tokens = most; /* a full bucket earns nothing while it waits */
        bucket->refilled_us = now;
    } else if (elapsed >= interval) { /* often not: a division takes longer than all the rest */
        __u32 earned = elapsed / (__u32)interval;
        tokens += earned;
        bucket->refilled_us += earned * interval;
    }
    bucket->tokens = tokens ? tokens - 1 : 0;
    return tokens ? XDP_PASS : XDP_DROP;
}

#include "variants.bpf.h"
