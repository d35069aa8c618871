/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every way to run a packet program, from its struct meta, extract and update.
 */
#ifndef VARIANTS_BPF_H
#define VARIANTS_BPF_H

/* Where a replica stands. One per replica; user space reads it, and may set `applied` before the start. */
struct progress {
    __u32 applied;  /* sequence number of the newest packet in the state; 0 before the first */
    __u32 epoch;    /* of the newest frame */
    __u64 handled;  /* packets of its own */
    __u64 fast_forwarded; /* history slots applied */
    __u64 missed;   /* packets that no frame carried to this replica: its state is wrong from there on */
    __u64 late;     /* frames whose packet was in the state already; their own verdict is lost */
    __u64 restarted; /* frames of a newer epoch whose numbers do not go on from here */
    __u64 refused;  /* frames that are not history of this program */
};

struct {
    MAP_TYPE(BPF_MAP_TYPE_ARRAY);
    MAP_ENTRIES(1);
    __u32 *key;
    struct progress *value;
} progress SEC(".maps");

/* Where extract_metadata leaves the metadata. */
struct {
    MAP_TYPE(BPF_MAP_TYPE_ARRAY);
    MAP_ENTRIES(1);
    __u32 *key;
    struct meta *value;
} extracted SEC(".maps");

/*
 * The verdicts of the newest packets in the state, by number modulo REMEMBERED: a frame that comes late, when
 * history has already brought its packet into the state, is answered from here (docs/loss-recovery.md).
 */
enum { REMEMBERED = 1024, ANSWERED = 0x80 };

struct remembered {
    __u8 verdicts[REMEMBERED]; /* and ANSWERED once the packet's own frame has been handled */
};

struct {
    MAP_TYPE(BPF_MAP_TYPE_ARRAY);
    MAP_ENTRIES(1);
    __u32 *key;
    struct remembered *value;
} remembered SEC(".maps");

/* The metadata in a control frame, if it is one: docs/wire-format.md, "Control". */
INLINE int extract_command(const struct packet *packet, struct meta *meta) {
    const struct ethernet *ethernet = (const void *)packet->start;
    const struct control_header *header = (const void *)(packet->start + sizeof(*ethernet));
    const __u8 *body = (const __u8 *)(header + 1);
    if (body + sizeof(*meta) > packet->end || ethernet->ether_type != htons(ETHERTYPE_CONTROL))
        return 0;
    if (header->version != SCR_VERSION || header->program != PROGRAM_ID)
        return 0;
    __builtin_memcpy(meta, body, sizeof(*meta));
    return 1;
}

/* A control frame that comes from the controller, for the sequential program. */
SEC("xdp")
int control(struct xdp_md *ctx) {
    struct packet packet = {
        .start = (const __u8 *)(long)ctx->data,
        .end = (const __u8 *)(long)ctx->data_end,
    };
    struct meta meta;
    return extract_command(&packet, &meta) ? update(&meta) : XDP_DROP;
}

/* packet -> metadata in `extracted`; answers with enum relevance. */
SEC("xdp")
int extract_metadata(struct xdp_md *ctx) {
    struct packet packet = {
        .start = (const __u8 *)(long)ctx->data,
        .end = (const __u8 *)(long)ctx->data_end,
        .timestamp_ns = bpf_ktime_get_ns(),
    };
    __u32 first = 0;
    struct meta *meta = bpf_map_lookup_elem(&extracted, &first);
    if (!meta)
        return MALFORMED;
    return extract(&packet, meta);
}

/* The program as everyone writes it: one core, one state. The definition of what is right. */
SEC("xdp")
int sequential(struct xdp_md *ctx) {
    struct packet packet = {
        .start = (const __u8 *)(long)ctx->data,
        .end = (const __u8 *)(long)ctx->data_end,
        .timestamp_ns = bpf_ktime_get_ns(),
    };
    struct meta meta;

    switch (extract(&packet, &meta)) {
    case RELEVANT:
        return update(&meta);
    case IRRELEVANT:
        return XDP_PASS;
    default:
        return XDP_DROP;
    }
}

#ifdef UPDATES_ATOMICALLY
/* The program on several cores that share one state, by atomic additions alone: a baseline. */
SEC("xdp")
int shared_atomic(struct xdp_md *ctx) {
    struct packet packet = {
        .start = (const __u8 *)(long)ctx->data,
        .end = (const __u8 *)(long)ctx->data_end,
        .timestamp_ns = bpf_ktime_get_ns(),
    };
    struct meta meta;

    switch (extract(&packet, &meta)) {
    case RELEVANT:
        return update_atomically(&meta);
    case IRRELEVANT:
        return XDP_PASS;
    default:
        return XDP_DROP;
    }
}
#endif

/* Whether the frame is history of this program: the rules and their order are dev.scr.wire.FrameCheck. */
INLINE int accepts(const struct scr_header *header, const __u8 *end) {
    const __u8 *ring = (const __u8 *)(header + 1);
    if (ring > end || header->ether_type != htons(ETHERTYPE_SCR) || header->version != SCR_VERSION)
        return 0;
    if (header->program != PROGRAM_ID || header->slot_bytes != sizeof(struct meta))
        return 0;
    if (header->valid > header->slots || header->flags != 0)
        return 0;
    if (header->slots == 0 ? header->oldest != 0 : header->oldest >= header->slots)
        return 0;
    return ring + header->slots * sizeof(struct meta) + ntohs(header->length) <= end;
}

/*
 * Applies the `missing` newest slots, oldest first, and answers how many. Only these: never all slots, never
 * an empty one. Verdicts are remembered where there is room for them.
 */
INLINE __u32 apply_history(const struct scr_header *header, const __u8 *end, __u32 missing, struct remembered *memory) {
    const __u8 *ring = (const __u8 *)(header + 1);
    __u32 slots = header->slots;
    __u32 oldest = header->oldest;

    for (__u32 i = 0; i < MAX_SLOTS; i++) {
        if (i >= missing)
            break;
        __u32 index = oldest + slots - (missing - i);
        if (index >= slots)
            index -= slots;
        if (index >= MAX_SLOTS)
            break; /* cannot be: said for the verifier */
        /* Not so, but where the CPU minds, the verifier says so; without it the compiler copies in small pieces. */
        const struct meta *slot = __builtin_assume_aligned(ring + index * sizeof(struct meta), 8);
        if ((const __u8 *)(slot + 1) > end)
            break; /* cannot be: said for the verifier */
        struct meta meta = *slot;
        int verdict = update(&meta);
        if (memory)
            memory->verdicts[(ntohl(header->sequence) - missing + i) % REMEMBERED] = verdict;
    }
    return missing;
}

/*
 * Functions of their own: the loop decides how far a program scales, compilers make more of it alone, and the
 * one that remembers nothing has no question about it in each round.
 */
OUTLINE __u32 fast_forward(const struct scr_header *header, const __u8 *end, __u32 missing) {
    return apply_history(header, end, missing, 0);
}

OUTLINE __u32 fast_forward_remembering(const struct scr_header *header, const __u8 *end, __u32 missing, struct remembered *memory) {
    return apply_history(header, end, missing, memory);
}

/*
 * One replica of state-compute replication: fast-forward through the history, then the own packet, whose
 * metadata is left in `own` and whose verdict in `memory`, if there is any.
 */
INLINE int replica(struct xdp_md *ctx, struct meta *own, struct remembered *memory) {
    const struct scr_header *header = (const void *)(long)ctx->data;
    const __u8 *end = (const __u8 *)(long)ctx->data_end;
    __u32 first = 0;
    struct progress *here = bpf_map_lookup_elem(&progress, &first);

    if (!here)
        return XDP_ABORTED;
    if ((const __u8 *)(header + 1) > end || !accepts(header, end)) {
        here->refused++;
        return XDP_ABORTED;
    }
    __u32 sequence = ntohl(header->sequence);
    __u32 epoch = ntohs(header->epoch);
    if ((__s32)(sequence - here->applied) <= 0) {
        if ((__s16)(epoch - here->epoch) > 0)
            here->restarted++;
        else
            here->late++;
        return XDP_ABORTED;
    }

    __u32 missing = sequence - here->applied - 1;
    __u32 valid = header->valid;
    if (missing > valid) {
        here->missed += missing - valid;
        missing = valid;
    }
    here->fast_forwarded += memory ? fast_forward_remembering(header, end, missing, memory) : fast_forward(header, end, missing);
    here->handled++;
    here->applied = sequence;
    here->epoch = epoch;

    /*
     * The end of the frame is as good as the end of the packet: the sequencer has checked the packet
     * against its own length, and metadata never depends on what may follow as padding.
     */
    struct packet packet = {
        .start = (const __u8 *)(header + 1) + header->slots * sizeof(struct meta),
        .end = end,
        .timestamp_ns = ntohll(header->timestamp),
    };
    struct meta meta;
    if (extract(&packet, &meta) != RELEVANT && !extract_command(&packet, &meta)) {
        here->refused++;
        return XDP_ABORTED;
    }
    int verdict = update(&meta);
    if (own)
        *own = meta;
    if (memory)
        memory->verdicts[sequence % REMEMBERED] = verdict | ANSWERED;
    return verdict;
}

SEC("xdp")
int scr(struct xdp_md *ctx) {
    return replica(ctx, 0, 0);
}

/* The same for a replica that recovers losses: it tells its peers what it got, and answers late frames. */
SEC("xdp")
int scr_recovering(struct xdp_md *ctx) {
    __u32 first = 0;
    struct meta *own = bpf_map_lookup_elem(&extracted, &first);
    struct remembered *memory = bpf_map_lookup_elem(&remembered, &first);
    if (!own || !memory)
        return XDP_ABORTED;
    return replica(ctx, own, memory);
}

/* Applies one packet that no frame brought: the metadata in `extracted`, as the next number. */
SEC("xdp")
int apply_extracted(struct xdp_md *ctx) {
    (void)ctx;
    __u32 first = 0;
    struct progress *here = bpf_map_lookup_elem(&progress, &first);
    struct meta *given = bpf_map_lookup_elem(&extracted, &first);
    struct remembered *memory = bpf_map_lookup_elem(&remembered, &first);
    if (!here || !given || !memory)
        return XDP_ABORTED;
    struct meta meta = *given;
    int verdict = update(&meta);
    here->applied++;
    memory->verdicts[here->applied % REMEMBERED] = verdict;
    return verdict;
}

char LICENSE[] SEC("license") = "Apache-2.0";

#endif
