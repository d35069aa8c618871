package dev.scr.softswitch.v1model;

/** Why a packet is where it is, as the program sees it in {@code instance_type}. */
enum InstanceType {
  NORMAL(0),
  INGRESS_CLONE(1),
  EGRESS_CLONE(2),
  RECIRCULATED(4),
  REPLICATED(5),
  RESUBMITTED(6);

  final int number;

  InstanceType(int number) {
    this.number = number;
  }
}
