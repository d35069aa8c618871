// Map definitions of the old kind, in section "maps".
#include <linux/bpf.h>
#define SEC(name) __attribute__((section(name), used))

struct bpf_map_def {
	unsigned int type, key_size, value_size, max_entries, map_flags;
};

struct bpf_map_def SEC("maps") first = {BPF_MAP_TYPE_ARRAY, 4, 8, 2, 0};
struct bpf_map_def SEC("maps") second = {BPF_MAP_TYPE_HASH, 8, 4, 32, 0};

static void *(*lookup)(void *map, const void *key) = (void *)1;

SEC("xdp_legacy")
int legacy(struct xdp_md *ctx)
{
	__u32 key = 1;
	__u64 *value = lookup(&first, &key);
	__u64 wide = 5;
	__u32 *other = lookup(&second, &wide);

	return value ? (int)++*value + (other ? 100 : 0) : 0;
}

char _license[] SEC("license") = "GPL";
