package dev.scr.linux.call;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SystemCallsTest {
  @ParameterizedTest
  @CsvSource({
    "1, EPERM (Operation not permitted)",
    "19, ENODEV (No such device)",
    "95, EOPNOTSUPP (Operation not supported)",
    "133, EHWPOISON (Memory page has hardware error)",
    "4711, errno 4711 (Unknown error 4711)",
  })
  void errnoHasNameAndText(int errno, String expected) {
    assertEquals(expected, Errno.describe(errno));
  }

  @Test
  void failureReturnsTheNegatedErrno() {
    assertEquals(-Errno.EBADF, FileCalls.close(-1));
    assertEquals(-Errno.ENOENT, FileCalls.open("/no/such/file", FileCalls.O_RDONLY));
    assertEquals(-Errno.EAFNOSUPPORT, SocketCalls.socket(200, SocketCalls.SOCK_RAW, 0));
  }

  @Test
  void checkNamesOperationErrorAndRemedy() {
    var refused =
        assertThrows(
            SystemCallException.class, () -> SystemCallException.check(-Errno.EPERM, "bpf map"));
    assertEquals(Errno.EPERM, refused.errno());
    assertEquals(
        "bpf map: EPERM (Operation not permitted); run as root, or with the capability that this needs",
        refused.getMessage());
    assertEquals(0x7fff_0000_0000L, SystemCallException.check(0x7fff_0000_0000L, "mmap"));
  }

  @Test
  void errnoBelongsToTheThread() throws Exception {
    Thread other = Thread.ofPlatform().start(() -> FileCalls.open("/no/such", 0));
    int mine = FileCalls.close(-1);
    other.join();
    assertEquals(-Errno.EBADF, mine);
  }

  @Test
  void eventfdCountsAndPollSeesIt() {
    try (Arena arena = Arena.ofConfined();
        FileDescriptor event =
            FileDescriptor.of(FileCalls.eventfd(FileCalls.EFD_NONBLOCK), "eventfd")) {
      MemorySegment set = arena.allocate(8, 4);
      FileCalls.pollRow(set, 0, event.number(), FileCalls.POLLIN);
      assertEquals(0, FileCalls.poll(set, 1_000_000));
      FileCalls.write(event.number(), arena.allocateFrom(JAVA_LONG, 3));
      assertEquals(1, FileCalls.poll(set, -1));
      assertEquals(FileCalls.POLLIN, FileCalls.polled(set, 0));
      MemorySegment count = arena.allocate(8, 8);
      assertEquals(8, FileCalls.read(event.number(), count));
      assertEquals(3, count.get(JAVA_LONG, 0));
      assertEquals(-Errno.EAGAIN, FileCalls.read(event.number(), count));
    }
  }

  @Test
  void descriptorClosesOnce() {
    FileDescriptor event = FileDescriptor.of(FileCalls.eventfd(0), "eventfd");
    assertTrue(event.isOpen());
    event.close();
    event.close();
    assertFalse(event.isOpen());
    assertThrows(IllegalStateException.class, event::number);
  }

  @Test
  void socketOptionsRoundTrip() {
    try (Arena arena = Arena.ofConfined();
        FileDescriptor socket =
            FileDescriptor.of(
                SocketCalls.socket(SocketCalls.AF_INET, SocketCalls.SOCK_DGRAM, 0), "socket")) {
      int fd = socket.number();
      assertEquals(
          0, SocketCalls.setOption(fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_RCVBUF, 10_000));
      MemorySegment value = arena.allocate(4, 4);
      assertEquals(
          4, SocketCalls.getOption(fd, SocketCalls.SOL_SOCKET, SocketCalls.SO_RCVBUF, value));
      assertEquals(20_000, value.get(JAVA_INT, 0));
    }
  }

  @Test
  void virtualThreadMayNotChangeTheThreadUnderneath() throws Exception {
    Throwable[] thrown = new Throwable[1];
    Thread.ofVirtual()
        .start(() ->
            thrown[0] =
                assertThrows(IllegalStateException.class, () -> ThreadCalls.setNamespace(-1, 0)))
        .join();
    assertTrue(thrown[0].toString().contains("virtual"));
  }
}
