from chainrule.lessons.neurons import Layer as Layer
from chainrule.lessons.neurons import NeuralNetwork as NeuralNetwork
from chainrule.lessons.neurons import Neuron as Neuron
from chainrule.lessons.running import run as run
from chainrule.lessons.side_by_side import Outcome as Outcome
from chainrule.lessons.side_by_side import build_seeds as build_seeds
from chainrule.lessons.side_by_side import train_side_by_side as train_side_by_side
from chainrule.lessons.tables import table as table
