package dev.frl.spec.tree;

import org.jspecify.annotations.Nullable;

/** Takes what is wrong with a spec, one problem at a time. */
public interface ProblemSink {
    /**
     * @param line in the file, from 1; null where the spec did not come as text
     * @param path of the setting; empty for the file as a whole
     * @param message what is wrong and what to do, to be read after the path
     */
    void add(@Nullable Integer line, String path, String message);
}
