/*
 * The packet-history sequencer for v1model: history ring and counters in registers, all of it in
 * ingress, because BMv2 orders packets only there.
 *
 *   ring, depth 4:   slot 0   slot 1   slot 2   slot 3
 *                    p9       p10      p7       p8
 *                                      ^ index: the oldest, read into packet 11, then overwritten by it
 *
 * The frame carries the ring as it lies in memory and the index of the oldest slot; it is not rotated.
 */

/* Everything that changes when a packet takes a sequence number. */
struct sequencer_state_t {
    epoch_t    epoch;
    depth_t    depth;
    worker_t   workers;
    depth_t    index;
    depth_t    valid;
    depth_t    hold;        // packets for which the depth may not shrink yet
    worker_t   next_worker;
    sequence_t sequence;    // of the last packet that took one
}

/* What the controller asks for. */
struct sequencer_settings_t {
    epoch_t     epoch;
    depth_t     depth;
    worker_t    workers;
    frame_len_t max_frame;  // longest frame that a worker's port can carry, bytes
    bit<9>      pass_port;  // for packets that the program does not look at
}

control Sequencer(inout headers_t hdr,
                  in slot_t metadata,
                  in bool relevant,
                  in bool malformed,
                  in bit<32> packet_length,
                  in bit<48> time_us,
                  inout standard_metadata_t standard_metadata) {

    sequencer_state_t state;
    sequencer_settings_t settings_md;
    bit<9> worker_port;
    bit<32> sequenced_length;

    register<bit<16>>(1) epoch_cell;
    register<bit<8>>(1)  depth_cell;
    register<bit<16>>(1) workers_cell;
    register<bit<8>>(1)  index_cell;
    register<bit<8>>(1)  valid_cell;
    register<bit<8>>(1)  hold_cell;
    register<bit<16>>(1) next_worker_cell;
    register<bit<32>>(1) sequence_cell;
    register<slot_t>(MAX_DEPTH) ring;

    @name("sequenced")         counter(1, CounterType.packets) sequenced;
    @name("passed_through")    counter(1, CounterType.packets) passed_through;
    @name("dropped_oversized") counter(1, CounterType.packets) dropped_oversized;
    @name("dropped_malformed") counter(1, CounterType.packets) dropped_malformed;
    @name("dropped_unmapped")  counter(1, CounterType.packets) dropped_unmapped;
    @name("sprayed")           direct_counter(CounterType.packets) sprayed;

    action configure(epoch_t epoch, depth_t depth, worker_t workers, frame_len_t max_frame, bit<9> pass_port) {
        settings_md.epoch = epoch;
        settings_md.depth = depth;
        settings_md.workers = workers;
        settings_md.max_frame = max_frame;
        settings_md.pass_port = pass_port;
    }

    /* No key: its default action is the configuration. Epoch 0 means that nobody has set one. */
    @name("settings")
    table settings {
        actions = { configure; }
        default_action = configure(0, 0, 0, 0, 0);
    }

    action to_worker(bit<9> port, mac_addr_t dst_mac, mac_addr_t src_mac) {
        sprayed.count();
        worker_port = port;
        hdr.outer.setValid();
        hdr.outer.dst_addr = dst_mac;
        hdr.outer.src_addr = src_mac;
    }

    action no_worker() {
        worker_port = 0;
    }

    @name("spray")
    table spray {
        key = {
            state.next_worker : exact @name("worker"); // 16
        }
        actions = { to_worker; @defaultonly no_worker; }
        const default_action = no_worker();
        size = MAX_WORKERS;
        counters = sprayed;
    }

    action load_state() {
        epoch_cell.read(state.epoch, 0);
        depth_cell.read(state.depth, 0);
        workers_cell.read(state.workers, 0);
        index_cell.read(state.index, 0);
        valid_cell.read(state.valid, 0);
        hold_cell.read(state.hold, 0);
        next_worker_cell.read(state.next_worker, 0);
        sequence_cell.read(state.sequence, 0);
    }

    action store_state() {
        epoch_cell.write(0, state.epoch);
        depth_cell.write(0, state.depth);
        workers_cell.write(0, state.workers);
        index_cell.write(0, state.index);
        valid_cell.write(0, state.valid);
        hold_cell.write(0, state.hold);
        next_worker_cell.write(0, state.next_worker);
        sequence_cell.write(0, state.sequence);
    }

    /*
     * Takes the steps towards the settings that no replica can notice (docs/wire-format.md, "Changing
     * the settings"): the depth grows while the ring starts at slot 0, shrinks while the newest packets
     * lie in the slots that stay, and the workers change only while the depth is enough for them.
     */
    action follow_settings() {
        bool enough = settings_md.workers <= (worker_t)state.depth + 1;
        if (settings_md.depth > state.depth && state.index == 0) {
            state.index = state.valid;
            state.depth = settings_md.depth;
        } else if (settings_md.depth < state.depth && state.index == settings_md.depth && state.hold == 0
                   && (state.workers == settings_md.workers || !enough)) {
            state.index = 0;
            state.depth = settings_md.depth;
            if (state.valid > state.depth) {
                state.valid = state.depth;
            }
        }
        if (settings_md.workers != state.workers
            && (settings_md.workers <= (worker_t)state.depth + 1 || settings_md.depth == state.depth)) {
            state.workers = settings_md.workers;
            state.hold = state.depth;
            if (state.next_worker >= state.workers) {
                state.next_worker = 0;
            }
        }
        if (settings_md.workers == state.workers && settings_md.depth == state.depth) {
            state.epoch = settings_md.epoch;
        }
    }

    action prepend_header() {
        hdr.outer.ether_type = ETHERTYPE_SCR;
        hdr.scr.setValid();
        hdr.scr.version = SCR_VERSION;
        hdr.scr.program = PROGRAM_ID;
        hdr.scr.epoch = state.epoch;
        hdr.scr.slots = state.depth;
        hdr.scr.slot_bytes = SLOT_BYTES;
        hdr.scr.oldest = state.index;
        hdr.scr.valid = state.valid;
        hdr.scr.worker = state.next_worker;
        hdr.scr.sequence = state.sequence;
        hdr.scr.length = (frame_len_t)packet_length;
        hdr.scr.flags = 0;
        hdr.scr.timestamp = (bit<64>)time_us * 1000;
    }

    action prepend_history() {
        for (bit<8> i = 0; i < state.depth; i = i + 1) {
            /* BMv2 aborts when a register is read straight into a stack element. */
            slot_t slot;
            ring.read(slot, (bit<32>)i);
            hdr.slots[i].setValid();
            hdr.slots[i].metadata = slot;
        }
    }

    /* The ring has no slot when the depth is 0; otherwise this packet takes the oldest one's place. */
    action remember() {
        if (state.depth != 0) {
            ring.write((bit<32>)state.index, metadata);
            state.index = state.index + 1;
            if (state.index == state.depth) {
                state.index = 0;
            }
        }
        if (state.valid < state.depth) {
            state.valid = state.valid + 1;
        }
        if (state.hold != 0) {
            state.hold = state.hold - 1;
        }
        state.next_worker = state.next_worker + 1;
        if (state.next_worker == state.workers) {
            state.next_worker = 0;
        }
    }

    apply {
        worker_port = 0;
        settings.apply();
        if (malformed) {
            dropped_malformed.count(0);
            mark_to_drop(standard_metadata);
        } else if (!relevant) {
            if (settings_md.pass_port == 0) {
                dropped_unmapped.count(0);
                mark_to_drop(standard_metadata);
            } else {
                passed_through.count(0);
                standard_metadata.egress_spec = settings_md.pass_port;
            }
        } else {
            // Whatever may be dropped is dropped before it takes a sequence number.
            load_state();
            follow_settings();
            sequenced_length = packet_length + (bit<32>)SCR_HEADER_BYTES
                    + (bit<32>)state.depth * (bit<32>)SLOT_BYTES;
            if (sequenced_length > (bit<32>)settings_md.max_frame) {
                dropped_oversized.count(0);
                mark_to_drop(standard_metadata);
            } else if (state.workers == 0 || !spray.apply().hit) {
                dropped_unmapped.count(0);
                mark_to_drop(standard_metadata);
            } else {
                sequenced.count(0);
                standard_metadata.egress_spec = worker_port;
                state.sequence = state.sequence + 1;
                prepend_header();
                prepend_history();
                remember();
                store_state();
            }
        }
    }
}
