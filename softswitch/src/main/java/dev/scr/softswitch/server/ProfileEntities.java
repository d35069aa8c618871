package dev.scr.softswitch.server;

import com.google.rpc.Code;
import dev.scr.softswitch.naming.PipelineNames;
import dev.scr.softswitch.naming.PipelineNames.ProfileName;
import dev.scr.softswitch.naming.PipelineNames.TableName;
import dev.scr.softswitch.state.ActionCall;
import dev.scr.softswitch.state.ActionProfile;
import dev.scr.softswitch.state.EntryTarget;
import dev.scr.softswitch.state.TableEntry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.p4.v1.ActionProfileGroup;
import org.p4.v1.ActionProfileMember;
import org.p4.v1.Entity;
import org.p4.v1.Update;

/** Members and groups of action profiles. All under the switch's lock. */
final class ProfileEntities {

  private final PipelineNames names;
  private final ActionCodec actions;

  ProfileEntities(PipelineNames names) {
    this.names = names;
    actions = new ActionCodec(names);
  }

  private ProfileName profile(int id) {
    ProfileName profile = names.profiles().get(id);
    if (profile == null) {
      throw Rejected.notFound("action profile", id);
    }
    return profile;
  }

  /** A table of the profile; all of them have the same actions. */
  private TableName table(ProfileName profile) {
    for (int id : profile.tableIds()) {
      TableName table = names.tables().get(id);
      if (table != null) {
        return table;
      }
    }
    throw Rejected.invalid("no table uses action profile " + profile.name());
  }

  void write(Update.Type type, ActionProfileMember sent) {
    ProfileName profile = profile(sent.getActionProfileId());
    int id = sent.getMemberId();
    if (id == 0) {
      throw Rejected.invalid("expected a member id other than 0");
    }
    switch (type) {
      case INSERT -> profile.profile().insertMember(id, action(profile, sent));
      case MODIFY -> {
        profile.profile().checkMember(id);
        profile.profile().modifyMember(id, action(profile, sent));
      }
      case DELETE -> {
        profile.profile().checkMember(id);
        checkUnused(
            profile,
            "member " + id,
            target -> target instanceof EntryTarget.Member member && member.memberId() == id);
        profile.profile().deleteMember(id);
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw Rejected.invalid("expected an update type");
    }
  }

  private ActionCall action(ProfileName profile, ActionProfileMember sent) {
    if (!sent.hasAction()) {
      throw Rejected.invalid("expected an action for member " + sent.getMemberId());
    }
    return actions.decode(table(profile), sent.getAction(), false);
  }

  private void checkUnused(ProfileName profile, String what, Predicate<EntryTarget> uses) {
    for (int id : profile.tableIds()) {
      TableName table = names.tables().get(id);
      if (table != null) {
        for (TableEntry entry : table.state().table().entries()) {
          if (uses.test(entry.target())) {
            throw new Rejected(
                Code.FAILED_PRECONDITION,
                what + " of " + profile.name() + " is in use by table " + table.name());
          }
        }
      }
    }
  }

  void write(Update.Type type, ActionProfileGroup sent) {
    ProfileName profile = profile(sent.getActionProfileId());
    int id = sent.getGroupId();
    if (id == 0) {
      throw Rejected.invalid("expected a group id other than 0");
    }
    switch (type) {
      case INSERT -> profile.profile().insertGroup(id, group(profile, sent));
      case MODIFY -> {
        profile.profile().checkGroup(id);
        ActionProfile.Group old = profile.profile().groups().get(id);
        if (old != null && old.maxSize() != sent.getMaxSize()) {
          throw Rejected.invalid(
              "expected max_size " + old.maxSize() + " as at first, found " + sent.getMaxSize());
        }
        profile.profile().modifyGroup(id, group(profile, sent));
      }
      case DELETE -> {
        profile.profile().checkGroup(id);
        checkUnused(
            profile,
            "group " + id,
            target -> target instanceof EntryTarget.Group group && group.groupId() == id);
        profile.profile().deleteGroup(id);
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw Rejected.invalid("expected an update type");
    }
  }

  private static ActionProfile.Group group(ProfileName profile, ActionProfileGroup sent) {
    int most = profile.maxGroupSize();
    if (sent.getMaxSize() < 0 || (most > 0 && sent.getMaxSize() > most)) {
      throw Rejected.invalid("expected max_size up to " + most + ", found " + sent.getMaxSize());
    }
    Set<Integer> seen = new HashSet<>();
    List<ActionProfile.WeightedMember> members = new ArrayList<>();
    for (ActionProfileGroup.Member member : sent.getMembersList()) {
      if (!seen.add(member.getMemberId())) {
        throw Rejected.invalid("member " + member.getMemberId() + " twice in the group");
      }
      members.add(
          new ActionProfile.WeightedMember(
              member.getMemberId(), member.getWeight(), member.getWatchPort()));
    }
    int size = sent.getMaxSize() > 0 ? sent.getMaxSize() : most;
    if (size > 0 && members.stream().mapToLong(ActionProfile.WeightedMember::weight).sum() > size) {
      throw new Rejected(Code.RESOURCE_EXHAUSTED, "the weights of the group exceed " + size);
    }
    return new ActionProfile.Group(members, sent.getMaxSize());
  }

  void read(ActionProfileMember filter, Consumer<Entity> out) {
    for (ProfileName profile : selected(filter.getActionProfileId())) {
      profile
          .profile()
          .members()
          .forEach((id, call) -> {
            if (filter.getMemberId() == 0 || filter.getMemberId() == id) {
              out.accept(
                  Entity.newBuilder()
                      .setActionProfileMember(
                          ActionProfileMember.newBuilder()
                              .setActionProfileId(profile.id())
                              .setMemberId(id)
                              .setAction(actions.encode(table(profile), call)))
                      .build());
            }
          });
    }
  }

  private List<ProfileName> selected(int id) {
    return id == 0 ? List.copyOf(names.profiles().values()) : List.of(profile(id));
  }

  void read(ActionProfileGroup filter, Consumer<Entity> out) {
    for (ProfileName profile : selected(filter.getActionProfileId())) {
      profile
          .profile()
          .groups()
          .forEach((id, group) -> {
            if (filter.getGroupId() == 0 || filter.getGroupId() == id) {
              out.accept(
                  Entity.newBuilder().setActionProfileGroup(encode(profile, id, group)).build());
            }
          });
    }
  }

  private static ActionProfileGroup encode(ProfileName profile, int id, ActionProfile.Group group) {
    ActionProfileGroup.Builder encoded =
        ActionProfileGroup.newBuilder()
            .setActionProfileId(profile.id())
            .setGroupId(id)
            .setMaxSize(group.maxSize());
    for (ActionProfile.WeightedMember member : group.members()) {
      ActionProfileGroup.Member.Builder builder =
          ActionProfileGroup.Member.newBuilder()
              .setMemberId(member.memberId())
              .setWeight(member.weight());
      if (!member.watchPort().isEmpty()) {
        builder.setWatchPort(member.watchPort());
      }
      encoded.addMembers(builder);
    }
    return encoded.build();
  }
}
