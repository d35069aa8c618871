package dev.scr.linux.bpf;

/** The commands of bpf(2) that this package uses. */
enum Command {
  MAP_CREATE(0),
  MAP_LOOKUP(1),
  MAP_UPDATE(2),
  MAP_DELETE(3),
  MAP_NEXT_KEY(4),
  PROGRAM_LOAD(5),
  PROGRAM_TEST_RUN(10),
  OBJECT_INFO(15),
  BTF_LOAD(18),
  MAP_FREEZE(22),
  LINK_CREATE(28),
  LINK_UPDATE(29);

  private final int number;

  Command(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }
}
