from brainsim import *

tau = 10*ms
v_rest = -70*mV
v_thresh = -55*mV
v_reset = -75*mV

eqs = '''
dv/dt = (v_rest - v) / tau : volt
'''
neurons = NeuronGroup(100, eqs, threshold='v > v_thresh', reset='v = v_reset', method='exact')
neurons.v = v_rest
input_group = PoissonGroup(100, rates=15*Hz)
synapses = Synapses(input_group, neurons, on_pre='v += 3*mV')
synapses.connect(p=0.1)
spike_monitor = SpikeMonitor(neurons)
run(1*second)
plot(spike_monitor.t/ms, spike_monitor.i, '.k', markersize=1)
xlabel('Time (ms)')
ylabel('Neuron index')
title('Raster plot of SNN activity')
show()
