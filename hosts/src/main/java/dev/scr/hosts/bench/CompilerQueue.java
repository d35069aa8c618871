package dev.scr.hosts.bench;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.MBeanServer;
import javax.management.ObjectName;

/**
 * What waits for HotSpot's compilers. On a busy machine a compiler thread may get no processor for
 * seconds, and what is measured meanwhile is interpreted or half-compiled code.
 */
final class CompilerQueue {
  private static final String DIAGNOSTICS = "com.sun.management:type=DiagnosticCommand";
  private static final String COMPILED = "dev.scr.ebpf.machine.Compiled";

  private CompilerQueue() {}

  /** Whether a compiled program waits, or is being compiled; false if this JVM does not tell. */
  static boolean holdsPrograms() {
    try {
      MBeanServer server = ManagementFactory.getPlatformMBeanServer();
      ObjectName diagnostics = new ObjectName(DIAGNOSTICS);
      Object queue = server.invoke(diagnostics, "compilerQueue", new Object[0], new String[0]);
      return String.valueOf(queue).contains(COMPILED);
    } catch (JMException | RuntimeException e) {
      return false;
    }
  }
}
