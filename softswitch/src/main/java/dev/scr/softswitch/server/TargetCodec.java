package dev.scr.softswitch.server;

import dev.scr.softswitch.naming.PipelineNames;
import dev.scr.softswitch.naming.PipelineNames.ProfileName;
import dev.scr.softswitch.naming.PipelineNames.TableName;
import dev.scr.softswitch.state.ActionProfile;
import dev.scr.softswitch.state.EntryTarget;
import java.util.ArrayList;
import java.util.List;
import org.p4.v1.ActionProfileAction;
import org.p4.v1.ActionProfileActionSet;
import org.p4.v1.TableAction;

/** What entries lead to, between the protocol and the tables. */
final class TargetCodec {

  // The sum of weights in one set; more would be slow and is nobody's intention.
  private static final int MOST_CHOICES = 65536;

  private final PipelineNames names;
  private final ActionCodec actions;

  TargetCodec(PipelineNames names) {
    this.names = names;
    actions = new ActionCodec(names);
  }

  ActionCodec actions() {
    return actions;
  }

  EntryTarget decode(TableName table, TableAction sent) {
    boolean direct = table.profileId() == 0;
    return switch (sent.getTypeCase()) {
      case ACTION -> {
        if (!direct) {
          throw Rejected.invalid(
              "table " + table.name() + " has an action profile: expected a member or a group");
        }
        yield new EntryTarget.Direct(actions.decode(table, sent.getAction(), false));
      }
      case ACTION_PROFILE_MEMBER_ID -> {
        profile(table).checkMember(sent.getActionProfileMemberId());
        yield new EntryTarget.Member(sent.getActionProfileMemberId());
      }
      case ACTION_PROFILE_GROUP_ID -> {
        profile(table).checkGroup(sent.getActionProfileGroupId());
        yield new EntryTarget.Group(sent.getActionProfileGroupId());
      }
      case ACTION_PROFILE_ACTION_SET -> oneShot(table, sent.getActionProfileActionSet());
      case TYPE_NOT_SET ->
          throw Rejected.invalid("table " + table.name() + ": expected an action, found none");
    };
  }

  private ActionProfile profile(TableName table) {
    ProfileName profile = names.profiles().get(table.profileId());
    if (profile == null) {
      throw Rejected.invalid("table " + table.name() + " has no action profile");
    }
    return profile.profile();
  }

  private EntryTarget oneShot(TableName table, ActionProfileActionSet set) {
    if (!profile(table).hasSelector()) {
      throw Rejected.invalid("the action profile of table " + table.name() + " has no selector");
    }
    if (set.hasGroupAction()) {
      throw Rejected.unimplemented("group_action");
    }
    if (set.getActionSelectionModeValue() != 0 || set.getSizeSemanticsValue() != 0) {
      throw Rejected.unimplemented("a selection mode or size semantics of a single entry");
    }
    List<EntryTarget.WeightedCall> calls = new ArrayList<>();
    long weights = 0;
    for (ActionProfileAction action : set.getActionProfileActionsList()) {
      if (action.getWeight() <= 0) {
        throw Rejected.invalid("expected weights > 0, found " + action.getWeight());
      }
      weights += action.getWeight();
      if (weights > MOST_CHOICES) {
        throw Rejected.invalid("expected a sum of weights up to " + MOST_CHOICES);
      }
      calls.add(
          new EntryTarget.WeightedCall(
              actions.decode(table, action.getAction(), false),
              action.getWeight(),
              action.getWatchPort()));
    }
    ProfileName profile = names.profiles().get(table.profileId());
    if (profile != null && profile.maxGroupSize() > 0 && weights > profile.maxGroupSize()) {
      throw Rejected.invalid(
          "expected a sum of weights up to " + profile.maxGroupSize() + ", found " + weights);
    }
    return new EntryTarget.OneShot(calls);
  }

  TableAction encode(TableName table, EntryTarget target) {
    return switch (target) {
      case EntryTarget.Direct direct ->
          TableAction.newBuilder().setAction(actions.encode(table, direct.call())).build();
      case EntryTarget.Member member ->
          TableAction.newBuilder().setActionProfileMemberId(member.memberId()).build();
      case EntryTarget.Group group ->
          TableAction.newBuilder().setActionProfileGroupId(group.groupId()).build();
      case EntryTarget.OneShot oneShot -> {
        ActionProfileActionSet.Builder set = ActionProfileActionSet.newBuilder();
        for (EntryTarget.WeightedCall call : oneShot.calls()) {
          ActionProfileAction.Builder action =
              ActionProfileAction.newBuilder()
                  .setAction(actions.encode(table, call.call()))
                  .setWeight(call.weight());
          if (!call.watchPort().isEmpty()) {
            action.setWatchPort(call.watchPort());
          }
          set.addActionProfileActions(action);
        }
        yield TableAction.newBuilder().setActionProfileActionSet(set).build();
      }
    };
  }
}
