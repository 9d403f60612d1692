package dev.frl.checkpoint;

import dev.frl.engine.net.NamedTensors;
import java.util.Optional;

/**
 * Everything that is needed to resume training after an epoch.
 *
 * @param provenance origin of the weights
 * @param model state dict of the net
 * @param optimizer the optimizer's buffers; may be empty
 * @param averaged averaged weights; empty if the run does not average weights
 */
public record Checkpoint(
        Provenance provenance, NamedTensors model, NamedTensors optimizer, Optional<NamedTensors> averaged) {}
