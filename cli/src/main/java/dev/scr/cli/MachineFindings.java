package dev.scr.cli;

import dev.scr.linux.bpf.Feature;
import dev.scr.linux.bpf.Probe;
import dev.scr.linux.machine.Capability;
import dev.scr.linux.machine.Cpus;
import dev.scr.linux.machine.Privileges;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What the kernel offers to this process. */
final class MachineFindings {
  private MachineFindings() {}

  static List<DoctorCommand.Finding> all() {
    List<DoctorCommand.Finding> findings = new ArrayList<>();
    int cpus = Cpus.usable().size();
    findings.add(
        new DoctorCommand.Finding(
            "cores", cpus > 1, cpus + " usable", "workers side by side", "use a larger machine"));
    Optional<String> lacks = Privileges.lacks(Capability.NET_RAW, Capability.NET_ADMIN);
    findings.add(
        new DoctorCommand.Finding(
            "network privileges",
            lacks.isEmpty(),
            lacks.orElse("CAP_NET_RAW, CAP_NET_ADMIN"),
            "scr switch -i, scr worker, Mininet",
            lacks.isEmpty() ? null : "run as root"));
    for (Feature feature : Feature.values()) {
      findings.add(finding(feature));
    }
    return findings;
  }

  private static DoctorCommand.Finding finding(Feature feature) {
    String name = Options.lower(feature);
    return switch (feature.probe()) {
      case Probe.Available _ ->
          new DoctorCommand.Finding(name, true, "works", feature.purpose(), null);
      case Probe.NotSupported(String reason) ->
          new DoctorCommand.Finding(
              name, false, "not in this kernel: " + reason, feature.purpose(), "a newer kernel");
      case Probe.Inconclusive(String reason) ->
          new DoctorCommand.Finding(
              name, false, "can't tell: " + reason, feature.purpose(), "run as root");
    };
  }
}
