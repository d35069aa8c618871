/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every packet program starts from: types, the frame formats, and the parsing of the original
 * packet, whose rules are those of p4src/shared/parser.p4 and p4src/v1model/switch.p4.
 *
 * A program file then defines
 *   PROGRAM_ID             its number in the SCR header
 *   struct meta            what one slot of history holds, in network byte order, naturally aligned
 *   extract(packet, meta)  packet -> metadata, or why there is none
 *   update(meta)           state, metadata -> state, verdict; reads nothing but these two
 * Metadata that extract never makes of a packet may be commands of the controller (COMMAND).
 * and ends with #include "variants.bpf.h", which builds every way to run it.
 *
 * No system header is included, so that the objects are the same wherever they are compiled.
 */
#ifndef SCR_BPF_H
#define SCR_BPF_H

typedef unsigned char __u8;
typedef unsigned short __u16;
typedef unsigned int __u32;
typedef unsigned long long __u64;
typedef int __s32;
typedef short __s16;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u64 __be64;

#define SEC(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))
#define OUTLINE static __attribute__((noinline))
#define MAP_TYPE(n) int(*type)[n]
#define MAP_ENTRIES(n) int(*max_entries)[n]

/*
 * Describes a read-only variable, or a field of one, that a user may set: its bounds, its unit and what
 * it means. Tools find this, the name and the default value in the object.
 */
#define PARAMETER(min, max, unit, meaning) \
    __attribute__((btf_decl_tag("parameter " #min ".." #max " " unit ": " meaning)))

/*
 * Describes, on struct meta, something that a controller may have done to the state: the number of the
 * command (1 to 15), its name, the fields that it needs, separated by spaces, and what it does.
 */
#define COMMAND(number, name, fields, meaning) \
    __attribute__((btf_decl_tag("command " #number " " name " (" fields "): " meaning)))

/*
 * Keeps the compiler from computing a packet pointer a second time after its bounds have been checked:
 * the verifier would not know the second one.
 */
#define SAME_REGISTER(pointer) asm volatile("" : "+r"(pointer))

#define ntohs(x) __builtin_bswap16(x)
#define ntohl(x) __builtin_bswap32(x)
#define ntohll(x) __builtin_bswap64(x)
#define htons(x) __builtin_bswap16(x)
#define htonl(x) __builtin_bswap32(x)
#define htonll(x) __builtin_bswap64(x)

enum { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_ARRAY = 2 };
enum { BPF_ANY = 0, BPF_NOEXIST = 1 };
enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };

struct xdp_md {
    __u32 data;
    __u32 data_end;
    __u32 data_meta;
    __u32 ingress_ifindex;
    __u32 rx_queue_index;
    __u32 egress_ifindex;
};

static void *(*bpf_map_lookup_elem)(void *map, const void *key) = (void *)1;
static long (*bpf_map_update_elem)(void *map, const void *key, const void *value, __u64 flags) = (void *)2;
static long (*bpf_map_delete_elem)(void *map, const void *key) = (void *)3;
static __u64 (*bpf_ktime_get_ns)(void) = (void *)5;

/* The frame in front of the history: docs/wire-format.md. */
struct scr_header {
    __u8 dst_addr[6];
    __u8 src_addr[6];
    __be16 ether_type;
    __u8 version;
    __u8 program;
    __be16 epoch;
    __u8 slots;
    __u8 slot_bytes;
    __u8 oldest;
    __u8 valid;
    __be16 worker;
    __be32 sequence;
    __be16 length;
    __be16 flags;
    __be64 timestamp;
};

enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_VLAN = 0x8100, ETHERTYPE_QINQ = 0x88a8, ETHERTYPE_SCR = 0x88b5, ETHERTYPE_CONTROL = 0x88b6 };
enum { SCR_VERSION = 1, MAX_SLOTS = 255 };
enum { PROTO_TCP = 6, PROTO_UDP = 17 };

struct ethernet {
    __u8 dst_addr[6];
    __u8 src_addr[6];
    __be16 ether_type;
};

/* A control frame, behind its Ethernet header; the program's struct meta follows. */
struct control_header {
    __u8 version;
    __u8 program;
    __be16 zero;
};

struct vlan {
    __be16 tag;
    __be16 ether_type;
};

struct ipv4 {
    __u8 version_words;
    __u8 dscp_ecn;
    __be16 total_length;
    __be16 identification;
    __be16 fragment;
    __u8 time_to_live;
    __u8 protocol;
    __be16 checksum;
    __be32 src_addr;
    __be32 dst_addr;
};

struct tcp {
    __be16 src_port;
    __be16 dst_port;
    __be32 sequence;
    __be32 acknowledgment;
    __u8 data_words;
    __u8 flags;
    __be16 window;
    __be16 checksum;
    __be16 urgent;
};

struct udp {
    __be16 src_port;
    __be16 dst_port;
    __be16 length;
    __be16 checksum;
};

enum { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_ACK = 0x10 };

/* What extract says of a packet; the sequencer's table of outcomes in docs/wire-format.md. */
enum relevance {
    RELEVANT,   /* metadata is filled in: the packet takes a sequence number */
    IRRELEVANT, /* the program does not look at it: passed through */
    MALFORMED,  /* dropped */
};

/* The original packet, and the sequencer's time for it. */
struct packet {
    const __u8 *start;
    const __u8 *end;
    __u64 timestamp_ns;
};

/* Where the headers of a packet are; null where it has none. */
struct headers {
    const struct ipv4 *ipv4;
    const struct tcp *tcp;
    const struct udp *udp;
};

/* The transport headers that a program reads; READS_TCP and READS_UDP in its P4 file. */
enum { READS_TCP = 1, READS_UDP = 2 };

/*
 * Ethernet, up to two VLAN tags, IPv4 with options, and the transport header if the program reads it.
 * Answers RELEVANT for any well-formed packet, with headers.ipv4 null where it is not IPv4.
 */
INLINE enum relevance parse(const struct packet *packet, int reads, struct headers *headers) {
    const __u8 *cursor = packet->start;
    const struct ethernet *ethernet = (const void *)cursor;

    headers->ipv4 = 0;
    headers->tcp = 0;
    headers->udp = 0;
    if (cursor + sizeof(*ethernet) > packet->end)
        return MALFORMED;
    __be16 ether_type = ethernet->ether_type;
    cursor += sizeof(*ethernet);

#pragma unroll
    for (int tags = 0; tags < 2; tags++) {
        if (ether_type == htons(ETHERTYPE_VLAN) || ether_type == htons(ETHERTYPE_QINQ)) {
            const struct vlan *vlan = (const void *)cursor;
            if (cursor + sizeof(*vlan) > packet->end)
                return MALFORMED;
            ether_type = vlan->ether_type;
            cursor += sizeof(*vlan);
        }
    }
    if (ether_type == htons(ETHERTYPE_SCR) || ether_type == htons(ETHERTYPE_CONTROL))
        return MALFORMED; /* nobody but the sequencer writes history, or but its controller commands */
    if (ether_type != htons(ETHERTYPE_IPV4))
        return RELEVANT;

    const struct ipv4 *ipv4 = (const void *)cursor;
    if (cursor + sizeof(*ipv4) > packet->end)
        return MALFORMED;
    if (ipv4->version_words >> 4 != 4)
        return MALFORMED;
    __u32 header_bytes = (ipv4->version_words & 15) * 4;
    __u32 total_bytes = ntohs(ipv4->total_length);
    if (header_bytes < sizeof(*ipv4) || total_bytes < header_bytes)
        return MALFORMED;
    if (cursor + total_bytes > packet->end)
        return MALFORMED;
    headers->ipv4 = ipv4;

    if (ipv4->fragment & htons(0x1fff))
        return RELEVANT; /* only a first fragment has a transport header */
    if ((reads & READS_TCP) && ipv4->protocol == PROTO_TCP) {
        const struct tcp *tcp = (const void *)(cursor + header_bytes);
        SAME_REGISTER(tcp);
        if (total_bytes < header_bytes + sizeof(*tcp))
            return MALFORMED;
        if ((const __u8 *)(tcp + 1) > packet->end)
            return MALFORMED; /* implied by the lengths; said again for the verifier */
        headers->tcp = tcp;
    } else if ((reads & READS_UDP) && ipv4->protocol == PROTO_UDP) {
        const struct udp *udp = (const void *)(cursor + header_bytes);
        SAME_REGISTER(udp);
        if (total_bytes < header_bytes + sizeof(*udp))
            return MALFORMED;
        if ((const __u8 *)(udp + 1) > packet->end)
            return MALFORMED; /* implied by the lengths; said again for the verifier */
        headers->udp = udp;
    }
    return RELEVANT;
}

/* A TCP or UDP flow over IPv4. */
struct flow {
    __be32 src_addr;
    __be32 dst_addr;
    __be16 src_port;
    __be16 dst_port;
    __u8 protocol;
    __u8 zero[3];
};

/*
 * A flow as a table's key, in two words: where metadata starts as struct flow does, but for the bytes after the
 * protocol, it is copied by words and not field by field.
 */
struct flow_key {
    __u64 addrs;
    __u64 ports_protocol;
};

typedef __u64 __attribute__((may_alias)) word;

INLINE struct flow_key flow_key_of(const void *meta) {
    const word *words = meta;
    return (struct flow_key){words[0], words[1] & ntohll(0xffffffffff000000)};
}

/* RELEVANT with the flow of a packet that has a TCP or UDP header, else why there is none. */
INLINE enum relevance parse_flow(const struct packet *packet, struct headers *headers, struct flow *flow) {
    if (parse(packet, READS_TCP | READS_UDP, headers) == MALFORMED)
        return MALFORMED;
    if (headers->tcp) {
        flow->src_port = headers->tcp->src_port;
        flow->dst_port = headers->tcp->dst_port;
    } else if (headers->udp) {
        flow->src_port = headers->udp->src_port;
        flow->dst_port = headers->udp->dst_port;
    } else {
        return IRRELEVANT;
    }
    flow->src_addr = headers->ipv4->src_addr;
    flow->dst_addr = headers->ipv4->dst_addr;
    flow->protocol = headers->ipv4->protocol;
    flow->zero[0] = flow->zero[1] = flow->zero[2] = 0;
    return RELEVANT;
}

#endif
