package dev.scr.softswitch.program;

import dev.scr.softswitch.expression.Arith;
import dev.scr.softswitch.expression.Place;
import dev.scr.softswitch.packet.PhvLayout;
import dev.scr.softswitch.state.PipelineState;
import java.util.List;
import java.util.Map;

/**
 * A loaded program: code that runs, the state it works on, and what the target needs to know.
 *
 * @param file what the program is called in messages
 * @param layout its header vector
 * @param code its blocks
 * @param state its tables and arrays
 * @param metadata how program and target talk
 * @param actions all actions by number
 * @param fieldLists what clones, resubmitted and recirculated packets keep, by list id
 * @param learnLists digests by list id
 * @param errors parser errors
 * @param valueSetWidths widths of the key fields of each value set that the parser uses
 */
public record Program(
    String file,
    PhvLayout layout,
    PacketProgram code,
    PipelineState state,
    StandardMetadata metadata,
    List<ActionNode> actions,
    Map<Integer, List<FieldCopy>> fieldLists,
    Map<Integer, LearnList> learnLists,
    ParserErrors errors,
    Map<String, List<Integer>> valueSetWidths) {

  /** A field that survives: where it is read and where it is written. */
  public record FieldCopy(Arith value, Place place) {}

  /** A digest: its P4 name and the fields in it with their widths. */
  public record LearnList(String name, List<Arith> fields, List<Integer> bits) {}
}
