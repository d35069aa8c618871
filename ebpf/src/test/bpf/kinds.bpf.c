// Every kind of map, tail calls, and socket buffers as context.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <stddef.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

struct prefix {
	__u32 length;
	__u8 address[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__type(key, struct prefix);
	__type(value, __u32);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
} routes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 2);
} recent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 8);
} ports SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__type(value, __u32);
	__uint(max_entries, 2);
} queue SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__type(value, __u32);
	__uint(max_entries, 2);
} stack SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} events SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__type(key, __u32);
	__uint(max_entries, 4);
	__array(values, int(struct xdp_md *));
} stages SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} turns SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
} samples SEC(".maps");

SEC("xdp")
int sample(struct xdp_md *ctx)
{
	__u32 tag = 0x1234;

	return bpf_perf_event_output(ctx, &samples, BPF_F_CURRENT_CPU | (4ull << 32), &tag, sizeof(tag)) ?
		XDP_ABORTED : XDP_PASS;
}

SEC("xdp")
int route(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	struct prefix prefix = {.length = 32};

	if ((void *)(ip + 1) > end)
		return XDP_ABORTED;
	__builtin_memcpy(prefix.address, &ip->saddr, 4);
	__u32 *port = bpf_map_lookup_elem(&routes, &prefix);
	return port ? bpf_redirect_map(&ports, *port, XDP_DROP) : XDP_PASS;
}

SEC("xdp")
int remember(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	__u32 one = 1;

	if ((void *)(ip + 1) > end)
		return XDP_ABORTED;
	__u32 *seen = bpf_map_lookup_elem(&recent, &ip->saddr);
	if (seen) {
		*seen += 1;
		return XDP_TX;
	}
	bpf_map_update_elem(&recent, &ip->saddr, &one, BPF_ANY);
	return XDP_PASS;
}

SEC("xdp")
int line(struct xdp_md *ctx)
{
	__u32 first = 11, second = 22, third = 33, out = 0;

	bpf_map_push_elem(&queue, &first, 0);
	bpf_map_push_elem(&queue, &second, 0);
	if (!bpf_map_push_elem(&queue, &third, 0))
		return 1;
	bpf_map_push_elem(&queue, &third, BPF_EXIST);
	bpf_map_push_elem(&stack, &first, 0);
	bpf_map_push_elem(&stack, &second, 0);
	if (bpf_map_peek_elem(&queue, &out) || out != 22)
		return 2;
	if (bpf_map_pop_elem(&queue, &out) || out != 22)
		return 3;
	if (bpf_map_pop_elem(&stack, &out) || out != 22)
		return 4;
	if (bpf_map_pop_elem(&stack, &out) || out != 11)
		return 5;
	if (!bpf_map_pop_elem(&stack, &out))
		return 6;
	return 99;
}

SEC("xdp")
int report(struct xdp_md *ctx)
{
	__u64 *kept = bpf_ringbuf_reserve(&events, 8, 0);
	__u64 copied = 0x2222;

	if (!kept)
		return XDP_ABORTED;
	*kept = 0x1111;
	bpf_ringbuf_submit(kept, 0);
	__u64 *dropped = bpf_ringbuf_reserve(&events, 8, 0);
	if (dropped)
		bpf_ringbuf_discard(dropped, 0);
	bpf_ringbuf_output(&events, &copied, 8, 0);
	return XDP_PASS;
}

SEC("xdp")
int start(struct xdp_md *ctx)
{
	bpf_tail_call(ctx, &stages, 1);
	return 55;
}

SEC("xdp")
int again(struct xdp_md *ctx)
{
	__u32 zero = 0;
	__u32 *turn = bpf_map_lookup_elem(&turns, &zero);

	if (!turn)
		return XDP_ABORTED;
	*turn += 1;
	bpf_tail_call(ctx, &stages, 1);
	return *turn;
}

SEC("tc")
int rewrite(struct __sk_buff *skb)
{
	__u32 off = sizeof(struct ethhdr) + offsetof(struct iphdr, ttl);
	__u16 old, new;

	if (skb->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	if (bpf_skb_load_bytes(skb, off, &old, 2))
		return TC_ACT_SHOT;
	new = old - 1;
	bpf_l3_csum_replace(skb, off + 2, old, new, 2);
	bpf_skb_store_bytes(skb, off, &new, 2, 0);
	skb->cb[1] = skb->len;
	skb->mark = skb->cb[1] + 1;
	return skb->mark;
}

unsigned long long load_byte(void *skb, unsigned long long off) asm("llvm.bpf.load.byte");
unsigned long long load_half(void *skb, unsigned long long off) asm("llvm.bpf.load.half");

SEC("socket")
int udp_only(struct __sk_buff *skb)
{
	if (load_half(skb, 12) != ETH_P_IP || load_byte(skb, 23) != 17)
		return 0;
	return skb->len;
}

char _license[] SEC("license") = "GPL";
