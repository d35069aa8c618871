// Packet reshaping helpers, callbacks, atomics of every kind, clock.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 16);
} cells SEC(".maps");

SEC("xdp/push")
int push(struct xdp_md *ctx)
{
	if (bpf_xdp_adjust_head(ctx, -4))
		return XDP_ABORTED;
	__u8 *data = (void *)(long)ctx->data;
	if (data + 4 > (__u8 *)(long)ctx->data_end)
		return XDP_ABORTED;
	data[0] = 0xde;
	data[1] = 0xad;
	data[2] = 0xbe;
	data[3] = 0xef;
	return XDP_TX;
}

SEC("xdp/shrink")
int shrink(struct xdp_md *ctx)
{
	return bpf_xdp_adjust_tail(ctx, -8) ? XDP_ABORTED : XDP_PASS;
}

static long add_index(__u32 index, void *sum)
{
	*(__u64 *)sum += index;
	return index == 9;
}

SEC("xdp/loop")
int loop(struct xdp_md *ctx)
{
	__u64 sum = 0;
	long turns = bpf_loop(100, add_index, &sum, 0);
	__u32 zero = 0;
	__u64 *cell = bpf_map_lookup_elem(&cells, &zero);

	if (cell)
		*cell = sum * 1000 + turns;
	return XDP_PASS;
}

SEC("xdp/atomics")
int atomics(struct xdp_md *ctx)
{
	__u32 zero = 0;
	__u64 *cell = bpf_map_lookup_elem(&cells, &zero);

	if (!cell)
		return XDP_ABORTED;
	__u64 a = __sync_fetch_and_add(&cell[0], 5);
	__u64 b = __sync_fetch_and_or((__u32 *)cell, 0x10);
	__u64 c = __sync_val_compare_and_swap(&cell[0], 0x15, 99);
	__u64 d = __sync_lock_test_and_set(&cell[0], 7);
	__u64 e = __sync_fetch_and_xor(&cell[0], 1);

	return (a == 0) + (b == 5) * 2 + (c == 0x15) * 4 + (d == 99) * 8 + (e == 7) * 16;
}

SEC("xdp/clock")
int clock(struct xdp_md *ctx)
{
	return bpf_ktime_get_ns();
}

SEC("xdp/redirect")
int redirect(struct xdp_md *ctx)
{
	return bpf_redirect(ctx->ingress_ifindex, 0);
}

char _license[] SEC("license") = "GPL";
