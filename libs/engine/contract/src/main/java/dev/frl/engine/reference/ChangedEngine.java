package dev.frl.engine.reference;

import dev.frl.engine.Engine;
import dev.frl.engine.RobustNet;
import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import org.jspecify.annotations.Nullable;

/**
 * The reference engine with nets that behave otherwise where a test wants them to.
 *
 * @param change is asked before every call
 */
public record ChangedEngine(Rewrite change) implements Engine {
    /** What a net does instead. */
    public interface Rewrite {
        /**
         * @param net to ask for what it would answer itself
         * @param method that is called
         * @param arguments of the call; null if it has none
         * @return the answer; null to leave it to the net
         */
        @Nullable
        Object answer(RobustNet net, String method, Object @Nullable [] arguments);
    }

    @Override
    public String name() {
        return "changed";
    }

    @Override
    public String description() {
        return "reference engine, changed for a test";
    }

    @Override
    public RobustNet open(Architecture architecture, NamedTensors state, int threads) {
        var net = new ReferenceEngine().open(architecture, state, threads);
        return (RobustNet) Proxy.newProxyInstance(
                RobustNet.class.getClassLoader(), new Class<?>[] {RobustNet.class}, (proxy, method, arguments) -> {
                    var answer = change.answer(net, method.getName(), arguments);
                    try {
                        return answer != null ? answer : method.invoke(net, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }
}
