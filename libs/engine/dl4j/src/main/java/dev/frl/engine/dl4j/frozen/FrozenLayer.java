package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.natives.Parameters;

/** One operation of a frozen net, with its weights. Passes of several threads share it. */
public interface FrozenLayer extends AutoCloseable {
    /** Takes over new weights. */
    void refresh(Parameters parameters);

    /** Adds what computes its map from the map it reads. */
    void addForward(PassMaps maps, OpSequence forward);

    /** Values of an image that the way back needs for a moment. */
    default int scratch() {
        return 0;
    }

    /** Adds what computes, from the gradient by its map, the gradient by the map it reads, or adds to that. */
    void addBackward(PassMaps maps, OpSequence backward);

    @Override
    void close();
}
