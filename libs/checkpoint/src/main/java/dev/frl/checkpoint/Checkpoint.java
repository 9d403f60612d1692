package dev.frl.checkpoint;

import dev.frl.engine.net.NamedTensors;
import java.util.Optional;

/**
 * Everything needed to go on training after an epoch.
 *
 * @param provenance where the weights come from
 * @param model a state dict
 * @param optimizer its buffers; may hold no tensor
 * @param averaged averaged weights, if the run averages
 */
public record Checkpoint(
        Provenance provenance, NamedTensors model, NamedTensors optimizer, Optional<NamedTensors> averaged) {}
