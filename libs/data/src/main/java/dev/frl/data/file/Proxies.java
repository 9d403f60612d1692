package dev.frl.data.file;

import java.io.IOException;
import java.math.BigInteger;
import java.net.Authenticator;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The proxies that environment variables name, as curl, pip and git read them: {@code https_proxy}, {@code http_proxy}, {@code
 * all_proxy} and {@code no_proxy}, or the same in capitals. Java itself reads none of them.
 */
public final class Proxies {
    private static final int SOCKS_PORT = 1080;
    private static final int HTTP_PORT = 80;
    private static final int HTTPS_PORT = 443;
    private static final int LAST_PORT = 65_535;

    private final Map<String, String> environment;

    /** @param environment of the process */
    public Proxies(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /**
     * A proxy for one address.
     *
     * @param variable environment variable that names it
     * @param host without credentials
     * @param credentials {@code USER:PASSWORD}; empty if the proxy asks for none
     */
    record Choice(String variable, Proxy.Type type, String host, int port, String credentials) {
        Proxy proxy() {
            // Java looks the host up when it connects.
            return new Proxy(type, InetSocketAddress.createUnresolved(host, port));
        }

        Optional<String> authorization() {
            return credentials.isEmpty() ? Optional.empty() : Optional.of(basic(credentials));
        }

        /** Answers a proxy that asks for the credentials, once: one that asks again does not accept them. */
        Authenticator authenticator() {
            var asked = new AtomicBoolean();
            return new Authenticator() {
                @Override
                protected @Nullable PasswordAuthentication getPasswordAuthentication() {
                    boolean forProxy = getRequestorType() == RequestorType.PROXY
                            || type == Proxy.Type.SOCKS
                                    && String.valueOf(getRequestingProtocol()).startsWith("SOCKS");
                    if (!forProxy || asked.getAndSet(true)) {
                        return null;
                    }
                    int colon = credentials.indexOf(':');
                    return new PasswordAuthentication(
                            colon < 0 ? credentials : credentials.substring(0, colon),
                            colon < 0
                                    ? new char[0]
                                    : credentials.substring(colon + 1).toCharArray());
                }
            };
        }

        /** Without credentials, which no message may hold. */
        @Override
        public String toString() {
            return String.format(Locale.ROOT, "proxy %s:%d of %s", host, port, variable);
        }
    }

    static String basic(String credentials) {
        return "Basic " + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The proxy for an address.
     *
     * @return empty if it is to be reached directly
     * @throws IOException if the variable's value is no address of a proxy
     */
    Optional<Choice> of(URI address) throws IOException {
        String scheme = String.valueOf(address.getScheme()).toLowerCase(Locale.ROOT);
        String variable = firstSet(scheme + "_proxy", "all_proxy");
        if (variable == null || isExcepted(address)) {
            return Optional.empty();
        }
        return Optional.of(
                choice(variable, String.valueOf(environment.get(variable)).strip()));
    }

    /** The name as it is set: in small letters, else in capitals. */
    private @Nullable String firstSet(String... names) {
        for (String name : names) {
            for (String variant : new String[] {name, name.toUpperCase(Locale.ROOT)}) {
                if (!environment.getOrDefault(variant, "").isBlank()) {
                    return variant;
                }
            }
        }
        return null;
    }

    private static Choice choice(String variable, String value) throws IOException {
        String written = value.contains("://") ? value : "http://" + value;
        int begin = written.indexOf("://") + "://".length();
        int end = begin;
        while (end < written.length() && "/?#".indexOf(written.charAt(end)) < 0) {
            end++;
        }
        // As curl reads it, a password may hold an @: the last one stands before the host.
        int at = written.lastIndexOf('@', end - 1);
        String user = at < begin ? "" : written.substring(begin, at);
        URI uri;
        try {
            uri = URI.create(written.substring(0, begin) + written.substring(at < begin ? begin : at + 1));
        } catch (IllegalArgumentException e) {
            throw unusable(variable);
        }
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        boolean socks = scheme.startsWith("socks");
        if (uri.getHost() == null || !socks && !scheme.equals("http")) {
            throw unusable(variable);
        }
        int port = uri.getPort() >= 0 ? uri.getPort() : socks ? SOCKS_PORT : HTTP_PORT;
        if (port < 1 || port > LAST_PORT) {
            throw unusable(variable);
        }
        return new Choice(variable, socks ? Proxy.Type.SOCKS : Proxy.Type.HTTP, uri.getHost(), port, decoded(user));
    }

    /** A percent sign that begins no escape stands for itself. */
    private static String decoded(String user) {
        String escaped = user.replace("+", "%2B").replaceAll("%(?![0-9a-fA-F]{2})", "%25");
        return URLDecoder.decode(escaped, StandardCharsets.UTF_8);
    }

    /** Does not show the value, which may hold a password. */
    private static IOException unusable(String variable) {
        return new IOException(String.format(
                Locale.ROOT,
                "the environment variable %s is no address of a proxy: write http://HOST:PORT or socks5://HOST:PORT, and a"
                        + " password with %%40 for @ and the like",
                variable));
    }

    private boolean isExcepted(URI address) {
        String variable = firstSet("no_proxy");
        if (variable == null || address.getHost() == null) {
            return false;
        }
        String host = withoutBrackets(address.getHost().toLowerCase(Locale.ROOT));
        int port = address.getPort() >= 0
                ? address.getPort()
                : "https".equalsIgnoreCase(address.getScheme()) ? HTTPS_PORT : HTTP_PORT;
        return Arrays.stream(String.valueOf(environment.get(variable)).split("[,\\s]+"))
                .map(name -> name.toLowerCase(Locale.ROOT))
                .anyMatch(name -> name.equals("*") || matches(name, host, port));
    }

    /** A name stands for its subdomains too, with and without a dot before it; a network for its addresses. */
    private static boolean matches(String excepted, String host, int port) {
        if (excepted.indexOf('/') > 0) {
            return isInNetwork(host, excepted);
        }
        String name = excepted.replaceFirst("^\\*?\\.", "");
        int colon = name.lastIndexOf(':');
        if (colon > 0 && (name.indexOf(':') == colon || name.charAt(colon - 1) == ']')) {
            if (!name.substring(colon + 1).equals(String.valueOf(port))) {
                return false;
            }
            name = name.substring(0, colon);
        }
        name = withoutBrackets(name);
        return !name.isEmpty() && (host.equals(name) || host.endsWith("." + name));
    }

    private static String withoutBrackets(String host) {
        return host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
    }

    /** @param network such as {@code 10.0.0.0/8} */
    private static boolean isInNetwork(String host, String network) {
        int slash = network.indexOf('/');
        String digits = network.substring(slash + 1);
        var address = address(host);
        var first = address(withoutBrackets(network.substring(0, slash)));
        if (address.isEmpty() || first.isEmpty() || !digits.matches("[0-9]{1,3}")) {
            return false;
        }
        byte[] a = address.get();
        byte[] b = first.get();
        int bits = Integer.parseInt(digits);
        if (a.length != b.length || bits > 8 * a.length) {
            return false;
        }
        int drop = 8 * a.length - bits;
        return new BigInteger(1, a).shiftRight(drop).equals(new BigInteger(1, b).shiftRight(drop));
    }

    /** The bytes of an address; empty for a name, which is not looked up. */
    private static Optional<byte[]> address(String host) {
        boolean literal = host.matches("[0-9]{1,3}(?:\\.[0-9]{1,3}){3}") || host.matches("[0-9a-f:.]*:[0-9a-f:.]*");
        try {
            return literal ? Optional.of(InetAddress.getByName(host).getAddress()) : Optional.empty();
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }
}
