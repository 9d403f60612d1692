package dev.frl.data.store;

import dev.frl.data.DataException;
import dev.frl.data.file.DataSource;
import dev.frl.data.file.HttpSource;
import java.net.URI;
import java.util.List;
import java.util.Locale;

/**
 * A server that has copies of the files, for networks that do not reach their authors'. What it sends is verified as everything
 * else is.
 *
 * @param base http or https URL that ends in a slash, without credentials
 * @param credentials {@code USER:PASSWORD}; empty if the mirror asks for none
 */
public record DataMirror(URI base, String credentials) {
    /** Environment variable that names the mirror. */
    public static final String VARIABLE = "FRL_DATA_MIRROR";

    /**
     * Reads what a user wrote.
     *
     * @throws DataException if it is no http or https URL
     */
    public static DataMirror of(String url) {
        URI written;
        try {
            written = URI.create(url.strip());
        } catch (IllegalArgumentException e) {
            throw refused("is no address");
        }
        if (!String.valueOf(written.getScheme()).matches("(?i)https?") || written.getHost() == null) {
            throw refused("is no address of a server");
        }
        if (written.getRawQuery() != null || written.getRawFragment() != null) {
            throw refused("has a part after ? or #, which would stand before the names of the files");
        }
        String path = written.getRawPath();
        var base = URI.create(written.getScheme() + "://" + written.getHost()
                + (written.getPort() < 0 ? "" : ":" + written.getPort())
                + (path.endsWith("/") ? path : path + "/"));
        return new DataMirror(base, String.valueOf(written.getUserInfo() == null ? "" : written.getUserInfo()));
    }

    /** Does not show the value, which may hold a password. */
    private static DataException refused(String why) {
        return new DataException(String.format(
                Locale.ROOT,
                "the mirror (--mirror or %s) %s: write http://HOST/PATH or https://HOST/PATH; a folder on this machine is"
                        + " named with --data",
                VARIABLE,
                why));
    }

    /** The data set's folder below the mirror, then the mirror itself. */
    List<DataSource> sources(String dataset) {
        return List.of(source(base.resolve(dataset + "/")), source(base));
    }

    private HttpSource source(URI at) {
        return new HttpSource("mirror " + at.getHost() + at.getPath(), at, credentials);
    }
}
