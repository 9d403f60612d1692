package dev.frl.data.file;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Where files of a data set can be fetched. */
public interface DataSource {
    /** For a person: where the files come from. */
    String name();

    /**
     * Brings files into a folder. A file takes its final name only once its content has been verified, in one step, so
     * an interrupted fetch leaves nothing that could be taken for data.
     *
     * @param files what is wanted
     * @param folder exists
     * @throws IOException if not every file could be brought; those that could may stay
     */
    void fetch(List<DataFile> files, Path folder, Progress progress) throws IOException, InterruptedException;
}
