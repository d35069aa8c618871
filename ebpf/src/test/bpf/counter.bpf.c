// A per-source packet counter: hash map, array map, global data of all three kinds, a sub-program.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

struct meta {
	__u32 source;
	__u16 length;
	__u8 protocol;
	__u8 flags;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 1024);
} state SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct meta);
	__uint(max_entries, 4);
} last SEC(".maps");

const volatile __u64 threshold = 3;
__u64 seen = 7;
__u32 dropped;

static __attribute__((noinline)) int extract(struct meta *meta, void *data, void *end)
{
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);

	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return 0;
	meta->source = ip->saddr;
	meta->length = bpf_ntohs(ip->tot_len);
	meta->protocol = ip->protocol;
	meta->flags = 0;
	return 1;
}

SEC("xdp")
int count(struct xdp_md *ctx)
{
	struct meta meta;
	__u32 zero = 0;
	__u64 one = 1, *packets;

	seen++;
	if (!extract(&meta, (void *)(long)ctx->data, (void *)(long)ctx->data_end))
		return XDP_PASS;
	bpf_map_update_elem(&last, &zero, &meta, BPF_ANY);
	packets = bpf_map_lookup_elem(&state, &meta.source);
	if (!packets) {
		bpf_map_update_elem(&state, &meta.source, &one, BPF_ANY);
		return XDP_TX;
	}
	__sync_fetch_and_add(packets, 1);
	if (*packets > threshold) {
		dropped++;
		return XDP_DROP;
	}
	return XDP_TX;
}

SEC("xdp/second")
int forget(struct xdp_md *ctx)
{
	struct meta meta;

	if (extract(&meta, (void *)(long)ctx->data, (void *)(long)ctx->data_end))
		bpf_map_delete_elem(&state, &meta.source);
	return XDP_PASS;
}

SEC("xdp/second")
int always_drop(struct xdp_md *ctx)
{
	return XDP_DROP;
}

char _license[] SEC("license") = "GPL";
