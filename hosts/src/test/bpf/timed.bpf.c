/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program whose verdict depends on time: a source may send one packet in 5 us. Metadata carries the
 * sequencer's time; the planted fault reads a clock of the worker's own for the own packet.
 */
#include "../../main/bpf/scr.bpf.h"

#define PROGRAM_ID 5

struct meta {
    __be32 src_addr;
    __be32 time_us;
};

struct {
    MAP_TYPE(BPF_MAP_TYPE_HASH);
    MAP_ENTRIES(65536);
    __be32 *key;
    __u32 *value; /* time of the last packet that passed, us */
} state SEC(".maps");

INLINE enum relevance extract(const struct packet *packet, struct meta *meta) {
    struct headers headers;
    if (parse(packet, READS_TCP, &headers) == MALFORMED)
        return MALFORMED;
    if (!headers.tcp)
        return IRRELEVANT;
    meta->src_addr = headers.ipv4->src_addr;
    meta->time_us = __builtin_bswap32((__u32)(packet->timestamp_ns / 1000));
    return RELEVANT;
}

INLINE int update(const struct meta *meta) {
    __be32 source = meta->src_addr;
    __u32 now = ntohl(meta->time_us);
    __u32 *last = bpf_map_lookup_elem(&state, &source);
    if (last && now - *last < 5)
        return XDP_DROP;
    if (last)
        *last = now;
    else
        bpf_map_update_elem(&state, &source, &now, BPF_ANY);
    return XDP_PASS;
}

#include "../../main/bpf/variants.bpf.h"

/* Trap 4: the own packet gets the worker's time, its history entries the sequencer's. */
SEC("xdp")
int local_clock(struct xdp_md *ctx) {
    const struct scr_header *header = (const void *)(long)ctx->data;
    const __u8 *end = (const __u8 *)(long)ctx->data_end;
    __u32 first = 0;
    struct progress *here = bpf_map_lookup_elem(&progress, &first);
    if (!here || (const __u8 *)(header + 1) > end || !accepts(header, end))
        return XDP_ABORTED;
    __u32 sequence = ntohl(header->sequence);
    fast_forward(header, end, sequence - here->applied - 1);
    here->applied = sequence;
    struct packet packet = {
        .start = (const __u8 *)(header + 1) + header->slots * sizeof(struct meta),
        .end = end,
        .timestamp_ns = bpf_ktime_get_ns(),
    };
    struct meta meta;
    if (extract(&packet, &meta) != RELEVANT)
        return XDP_ABORTED;
    return update(&meta);
}
