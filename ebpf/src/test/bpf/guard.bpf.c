// A counter behind a spin lock.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct guarded {
	struct bpf_spin_lock lock;
	__u32 padding;
	__u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct guarded);
	__uint(max_entries, 1);
} shelter SEC(".maps");

SEC("xdp")
int guard(struct xdp_md *ctx)
{
	__u32 zero = 0;
	struct guarded *guarded = bpf_map_lookup_elem(&shelter, &zero);

	if (!guarded)
		return XDP_ABORTED;
	bpf_spin_lock(&guarded->lock);
	*(volatile __u64 *)&guarded->count += 1;
	bpf_spin_unlock(&guarded->lock);
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
