package dev.scr.softswitch.packet;

/**
 * One packet under way through the switch. Reused from packet to packet. The fields are open
 * because the nodes of the program, the target's rules and the deparser all work on them; nothing
 * keeps a reference to a packet after it has been processed.
 */
public final class Packet {

  /** For {@link #cloneSession}: no clone asked for. */
  public static final int NO_CLONE = -1;

  /** The headers. */
  public final Phv phv;

  /** What happened; shared by all packets of a switch. */
  public final EventCounters events;

  /** The bytes as received. The parser reads from here; the rest of them is the payload. */
  public byte[] frame = new byte[0];

  /** First byte of the packet in {@link #frame}. */
  public int frameStart;

  /** One past the last byte of the packet in {@link #frame}. */
  public int frameEnd;

  /** The parser's position; once the parser has ended, the start of the payload. */
  public int position;

  /** The port it came in on. */
  public int ingressPort;

  /** The port it goes out on, once it is in egress. */
  public int egressPort;

  /** Time in microseconds, from the caller. */
  public long timeMicros;

  /** Length in bytes that counters and meters use: as received, or as recirculated. */
  public int ingressLength;

  /** The packet length register: as received, plus added and minus removed headers. */
  public int lengthRegister;

  /** Largest size that it may ever have, in bytes. */
  public int capacity;

  /** Size to which it is cut when it leaves; {@code Integer.MAX_VALUE} for no cut. */
  public int truncateTo;

  /** How many times it went through ingress. */
  public int passes;

  /** The arguments of the action that runs. */
  public ActionData arguments = ActionData.NONE;

  /** Set by {@code exit}: the control ends. */
  public boolean exit;

  /** Set when an assertion fails: the packet is dropped at once. */
  public boolean aborted;

  /** Number of the parser error, 0 for none. */
  public int parserError;

  /** Whether a checksum failed to verify. */
  public boolean checksumError;

  /** The session to clone to, or {@link #NO_CLONE}. */
  public int cloneSession;

  /** Field list that the clone keeps, 0 for none. */
  public int cloneFieldList;

  /** Field list that the resubmitted packet keeps, 0 for "do not resubmit". */
  public int resubmitFieldList;

  /** Field list that the recirculated packet keeps, 0 for "do not recirculate". */
  public int recirculateFieldList;

  /** The digest to send, 0 for none. */
  public int learnList;

  /** A packet with an empty frame. */
  public Packet(PhvLayout layout, EventCounters events) {
    phv = new Phv(layout);
    this.events = events;
  }

  /** Makes this a packet that consists of the given bytes, with all headers and metadata zero. */
  public void start(byte[] bytes, int offset, int length) {
    phv.reset();
    setFrame(bytes, offset, length);
    ingressLength = length;
    lengthRegister = length;
    truncateTo = Integer.MAX_VALUE;
    passes = 0;
    clearRequests();
  }

  /** Points the packet at other bytes; headers stay. */
  public void setFrame(byte[] bytes, int offset, int length) {
    frame = bytes;
    frameStart = offset;
    frameEnd = offset + length;
    position = offset;
  }

  /** Forgets what the program asked for. */
  public void clearRequests() {
    arguments = ActionData.NONE;
    exit = false;
    aborted = false;
    parserError = 0;
    checksumError = false;
    cloneSession = NO_CLONE;
    cloneFieldList = 0;
    resubmitFieldList = 0;
    recirculateFieldList = 0;
    learnList = 0;
  }

  /** Makes this a copy of another packet of the same program, without its requests. */
  public void copyFrom(Packet source) {
    phv.copyFrom(source.phv);
    frame = source.frame;
    frameStart = source.frameStart;
    frameEnd = source.frameEnd;
    position = source.position;
    ingressPort = source.ingressPort;
    egressPort = source.egressPort;
    timeMicros = source.timeMicros;
    ingressLength = source.ingressLength;
    lengthRegister = source.lengthRegister;
    capacity = source.capacity;
    truncateTo = Integer.MAX_VALUE;
    passes = source.passes;
    clearRequests();
  }

  /** Bytes after the parser's position, that is, of the payload. */
  public int remaining() {
    return frameEnd - position;
  }

  /** Counts an event. */
  public void count(Event event) {
    events.count(event);
  }
}
