/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DDoS mitigator: counts packets by IPv4 source and drops those of a source that is on the block list or
 * beyond the threshold.
 */
#include "scr.bpf.h"

#define PROGRAM_ID 1
#define BLOCKED 16

/*
 * No packet comes from 240.0.0.0/4 (RFC 1112, 4); those that say so count as one source, 240.0.0.0. The
 * others of these addresses are commands, since four bytes have no room for them beside an address:
 * 1111, four bits of command, one bit that says which half, seven of zero, sixteen of the address. The
 * first frame brings the upper half, the second the lower one, with which the command is done.
 */
struct COMMAND(1, "forget", "src_addr", "forgets how many packets the source has sent")
    COMMAND(2, "block", "src_addr", "lets no packet of the source pass until it is forgotten") meta {
    __be32 src_addr;
};

enum { FORGET = 1, BLOCK = 2 };

static const __u32 RESERVED = 0xf0000000;
static const __u32 LOWER_HALF = 0x00800000;

/* Beyond any threshold, and far from where a counter ends. */
static const __u64 BLOCKED_COUNT = 1ull << 63;

PARAMETER(0, 9223372036854775807, "packets", "packets that a source may send")
const volatile __u64 threshold = 1000;

/* From 0.0.0.1, since 0 ends the list, to RESERVED, as which all beyond it count. */
PARAMETER(1, 4026531840, "addresses", "block list: sources of which no packet passes or is counted")
const volatile __u32 blocked[BLOCKED] = {0};

struct {
    MAP_TYPE(BPF_MAP_TYPE_HASH);
    MAP_ENTRIES(65536);
    __be32 *key; /* source address */
    __u64 *value; /* packets seen */
} state SEC(".maps");

/* The upper half of the address of a command, and a bit that says that it is there. */
struct {
    MAP_TYPE(BPF_MAP_TYPE_ARRAY);
    MAP_ENTRIES(1);
    __u32 *key;
    __u32 *value;
} command_begun SEC(".maps");

/* The source as which packets of a source count. */
INLINE __be32 counted(__be32 source) {
    return (source & htonl(RESERVED)) == htonl(RESERVED) ? htonl(RESERVED) : source;
}

INLINE enum relevance extract(const struct packet *packet, struct meta *meta) {
    struct headers headers;
    if (parse(packet, 0, &headers) == MALFORMED)
        return MALFORMED;
    if (!headers.ipv4)
        return IRRELEVANT;
    meta->src_addr = counted(headers.ipv4->src_addr);
    return RELEVANT;
}

OUTLINE int obey(__u32 record) {
    __u32 first = 0;
    __u32 *begun = bpf_map_lookup_elem(&command_begun, &first);
    if (!begun)
        return XDP_ABORTED;
    __u32 upper = *begun;
    *begun = record & LOWER_HALF ? 0 : (record & 0xffff) | 1 << 16;
    if (!(record & LOWER_HALF) || !upper)
        return XDP_DROP;
    __be32 source = counted(htonl(upper << 16 | (record & 0xffff)));
    __u64 count = BLOCKED_COUNT;
    switch (record >> 24 & 15) {
    case FORGET:
        bpf_map_delete_elem(&state, &source);
        break;
    case BLOCK:
        bpf_map_update_elem(&state, &source, &count, BPF_ANY);
        break;
    }
    return XDP_DROP;
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
    if (ntohl(source) > RESERVED)
        return obey(ntohl(source));
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
    if (is_blocked(source))
        return XDP_DROP;
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
