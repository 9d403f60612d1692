package dev.frl.engine.dl4j;

/** One operation of a frozen net, with its weights. Passes of several threads share it. */
interface FrozenLayer extends AutoCloseable {
    /** Takes over new weights. */
    void refresh(Parameters parameters);

    /** Adds what computes its map from the map it reads. */
    void addForward(PassMaps maps, Program forward);

    /** Values of an image that the way back needs for a moment. */
    default int scratch() {
        return 0;
    }

    /** Adds what computes, from the gradient by its map, the gradient by the map it reads, or adds to that. */
    void addBackward(PassMaps maps, Program backward);

    @Override
    void close();
}
