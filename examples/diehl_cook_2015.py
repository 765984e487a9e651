"""Spiking neurons learn digits without being told which is which (Diehl and Cook 2015).

P. U. Diehl and M. Cook, Frontiers in Computational Neuroscience 9:99. Pixels are Poisson inputs of
a hundred excitatory neurons, which inhibit one another so that few respond to an image. Their
synapses grow when an input spiked shortly before them, and shrink otherwise; a threshold that rises
with every spike gives each neuron its turn. Labels are used only afterwards, to say which digit a
neuron responds to most. The figure shows the weights of all neurons and the confusion of digits.
The paper's network of this size recognises 83 % of digits of 28 by 28 pixels. Here they have 8 by
8 and come from scikit-learn (pip install scikit-learn); asserted is a share far above guessing.
"""

from sklearn.datasets import load_digits

from brainsim import *

defaultclock.dt = 0.5 * ms
seed(12)
side, n, epochs = 8, 100, 3
shown, pause = 100 * ms, 50 * ms
period = shown + pause
E_L, v_reset, v_threshold, E_e, E_i = -65 * mV, -65 * mV, -52 * mV, 0 * mV, -100 * mV
tau_m, tau_e, tau_i, tau_x, tau_theta = 100 * ms, 1 * ms, 2 * ms, 20 * ms, 200 * second
theta_step, strength, inhibition = 0.8 * mV, 8, 50
rate, learning_rate, x_target = 128 * Hz, 0.02, 0.4
fraction, total_weight = 0.1, 6.4  # of the largest weight, on average and in sum for a neuron

digits = load_digits()
order = permutation(len(digits.target))
n_train = 1400
n_test = len(order) - n_train
order = concatenate([tile(order[:n_train], epochs), order[n_train:]])
images, labels = digits.images[order].reshape(-1, side**2) / 16, digits.target[order]
n_learn = epochs * n_train

# an image for two thirds of the period, then nothing
frames = zeros((3 * len(images), side**2))
frames[0::3] = frames[1::3] = images
stimulus = TimedArray(frames * rate, dt=period / 3)
pixels = PoissonGroup(side**2, "stimulus(t, i)")
neurons = NeuronGroup(
    n,
    """dv/dt = (E_L - v + g_e*(E_e - v) + g_i*(E_i - v))/tau_m : volt (unless refractory)
       dg_e/dt = -g_e/tau_e : 1
       dg_i/dt = -g_i/tau_i : 1
       dtheta/dt = -theta*learning/tau_theta : volt""",
    threshold="v > v_threshold + theta",
    reset="v = v_reset; theta += theta_step*learning",
    refractory=5 * ms,
    method="exponential_euler",
)
neurons.theta = 5 * mV
synapses = Synapses(
    pixels,
    neurons,
    """w : 1
       dx/dt = -x/tau_x : 1 (event-driven)""",
    on_pre="g_e += strength*w; x = 1",
    on_post="w = clip(w + learning*learning_rate*(x - x_target)*(1 - w)**0.2, 0, 1)",
)
synapses.connect()
synapses.w = "2*fraction*rand()"
lateral = Synapses(neurons, neurons, on_pre="g_i += inhibition")
lateral.connect("i != j")


@network_operation(dt=period)
def before_each_image():
    """Let all neurons start alike, with the same sum of weights."""
    weights = synapses.w[:].reshape(side**2, n)
    synapses.w = (weights * total_weight / weights.sum(axis=0)).ravel()
    neurons.v, neurons.g_e, neurons.g_i = E_L, 0, 0


spikes = SpikeMonitor(neurons)
learning = 1
run(n_learn * period)
learning = 0
run(n_test * period)

# spikes of each neuron for each image
response = zeros((len(images), n))
image = (spikes.t / period + 1e-6).astype(int)
np.add.at(response, (image, spikes.i[:]), 1)
# a neuron stands for the digit that it responds to most, among the last images of training
last, test = slice(n_learn - n_train, n_learn), slice(n_learn, None)
preferred = argmax([response[last][labels[last] == d].mean(axis=0) for d in range(10)], axis=0)
votes = array([response[test][:, preferred == d].mean(axis=1) for d in range(10)])
found, true = argmax(votes, axis=0), labels[test]
accuracy = mean(found == true)
print(f"{n_test} digits that it has not seen: {100 * accuracy:.0f} % correct")

# guessing the most frequent digit is right with probability p, with a standard deviation of 1.5 %;
# nobody guesses six deviations better
p = bincount(true).max() / n_test
assert accuracy > p + 6 * sqrt(p * (1 - p) / n_test)
# the paper's 83 % for as many neurons, less three standard errors of 397 images, and as much again
# for pixels that are fewer
assert accuracy > 0.83 - 2 * 3 * sqrt(0.83 * 0.17 / n_test)

fig, (left, right) = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
by_digit = argsort(preferred)
rows = synapses.w[:].reshape(side, side, n)[:, :, by_digit].reshape(side, side, 10, 10)
shown_weights = left.imshow(rows.transpose(2, 0, 3, 1).reshape(10 * side, 10 * side), cmap="magma")
left.set(xticks=[], yticks=[], title="Weights of a hundred neurons, by preferred digit")
fig.colorbar(shown_weights, ax=left, label="weight / largest", shrink=0.8)
confusion = zeros((10, 10))
np.add.at(confusion, (true, found), 1)
table = right.imshow(confusion / confusion.sum(axis=1, keepdims=True), cmap="Blues", vmin=0, vmax=1)
right.set(xlabel="recognised as", ylabel="digit", xticks=range(10), yticks=range(10))
right.set_title(f"{n_test} new digits, {100 * accuracy:.0f} % correct")
fig.colorbar(table, ax=right, label="share", shrink=0.8)
plt.show()
