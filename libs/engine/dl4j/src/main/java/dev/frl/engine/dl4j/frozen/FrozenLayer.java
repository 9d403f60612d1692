package dev.frl.engine.dl4j.frozen;

import dev.frl.engine.dl4j.natives.Parameters;

/** One operation of a frozen net, with its weights. Passes on several threads share it. */
interface FrozenLayer extends AutoCloseable {
    /** Copies new weights. */
    void refresh(Parameters parameters);

    /** Adds the operations that compute the map it writes from the map it reads. */
    void addForward(PassMaps maps, OpSequence forward);

    /** Values of scratch memory that the backward pass needs for each image. */
    default int scratch() {
        return 0;
    }

    /**
     * Adds the operations that compute the gradient with respect to the map it reads from the gradient with respect to the map
     * it writes. They overwrite the gradient, or add to it where later readers of the map have written theirs.
     */
    void addBackward(PassMaps maps, OpSequence backward);

    @Override
    void close();
}
