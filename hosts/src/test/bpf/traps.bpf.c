/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The published traps of state-compute replication, each planted in an otherwise right worker of the
 * DDoS mitigator, whose counts forget nothing. The replica-equality test has to notice every one of them.
 */
#include "../../main/bpf/ddos.bpf.c"

/* Applies `count` slots that end with the newest, whatever they hold. */
INLINE void apply_slots(const struct scr_header *header, const __u8 *end, __u32 count) {
    fast_forward(header, end, count);
}

INLINE int own_packet(const struct scr_header *header, const __u8 *end) {
    struct packet packet = {
        .start = (const __u8 *)(header + 1) + header->slots * sizeof(struct meta),
        .end = end,
        .timestamp_ns = 0,
    };
    struct meta meta;
    if (extract(&packet, &meta) != RELEVANT)
        return XDP_ABORTED;
    return update(&meta);
}

INLINE struct progress *start(const struct xdp_md *ctx, const struct scr_header **header) {
    const __u8 *end = (const __u8 *)(long)ctx->data_end;
    __u32 first = 0;
    *header = (const void *)(long)ctx->data;
    if ((const __u8 *)(*header + 1) > end || !accepts(*header, end))
        return 0;
    return bpf_map_lookup_elem(&progress, &first);
}

/* Trap 1: every slot is applied, also those that this worker has applied already. */
SEC("xdp")
int all_slots(struct xdp_md *ctx) {
    const struct scr_header *header;
    const __u8 *end = (const __u8 *)(long)ctx->data_end;
    struct progress *here = start(ctx, &header);
    if (!here)
        return XDP_ABORTED;
    apply_slots(header, end, header->valid);
    here->applied = ntohl(header->sequence);
    return own_packet(header, end);
}

/*
 * Trap 2: what is missing is counted right, but slots that never held a packet are applied as data:
 * at the start the ring is read from its first slot, padding and all.
 */
SEC("xdp")
int padding(struct xdp_md *ctx) {
    const struct scr_header *header;
    const __u8 *end = (const __u8 *)(long)ctx->data_end;
    const __u8 *ring;
    struct progress *here = start(ctx, &header);
    if (!here)
        return XDP_ABORTED;
    __u32 missing = ntohl(header->sequence) - here->applied - 1;
    if (header->valid < header->slots) {
        ring = (const __u8 *)(header + 1);
        for (__u32 i = 0; i < MAX_SLOTS; i++) {
            if (i >= missing)
                break;
            __u32 index = header->slots - 1 - i;
            if (index >= MAX_SLOTS)
                break;
            const struct meta *slot = (const struct meta *)(ring + index * sizeof(struct meta));
            if ((const __u8 *)(slot + 1) > end)
                break;
            struct meta meta = *slot;
            update(&meta);
        }
    } else {
        apply_slots(header, end, missing);
    }
    here->applied = ntohl(header->sequence);
    return own_packet(header, end);
}

/* Trap 3: numbers are compared as plain integers, so that the world ends when they wrap. */
SEC("xdp")
int no_wrap(struct xdp_md *ctx) {
    const struct scr_header *header;
    const __u8 *end = (const __u8 *)(long)ctx->data_end;
    struct progress *here = start(ctx, &header);
    if (!here)
        return XDP_ABORTED;
    __u32 sequence = ntohl(header->sequence);
    if (sequence <= here->applied) {
        here->late++;
        return XDP_ABORTED;
    }
    apply_slots(header, end, sequence - here->applied - 1);
    here->applied = sequence;
    return own_packet(header, end);
}
