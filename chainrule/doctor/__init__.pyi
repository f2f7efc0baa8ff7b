from chainrule.doctor.change import Change as Change
from chainrule.doctor.diagnose import diagnose as diagnose
from chainrule.doctor.diagnosis import Diagnosis as Diagnosis
from chainrule.doctor.experiment import Experiment as Experiment
from chainrule.doctor.finding import Finding as Finding
from chainrule.doctor.reading import Reading as Reading
from chainrule.doctor.reading import read_log as read_log
from chainrule.doctor.symptoms.symptom import Symptom as Symptom
