// A program that the verifier refuses: it reads behind the packet.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("xdp")
int overrun(struct xdp_md *ctx)
{
	__u8 *data = (void *)(long)ctx->data;

	return data[2000];
}

char _license[] SEC("license") = "GPL";
